"""What is held about somebody: that it was part of a study stands among its access records."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from linli.foundation.privacy.analysis.models import Study
from linli.foundation.privacy.holdings import holds_nothing
from linli.foundation.privacy.naming import names_work
from linli.foundation.registry.models import Resident


def register() -> None:
    holds_nothing(
        ("analysis.Study", "analysis.StudyQuestion"),
        "questions, gated answers and which staff approved; rows lie sealed under pseudonyms and go with the study",
    )
    names_work("study", _names)


def _names(numbers: Collection[int], resident: Resident) -> Mapping[int, str]:
    titles = Study.objects.filter(pk__in=numbers).values_list("pk", "title")
    return {pk: _("研究“%(title)s”，只数人数") % {"title": title} for pk, title in titles}
