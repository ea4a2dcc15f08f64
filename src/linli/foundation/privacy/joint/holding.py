"""What is held about somebody: that it was counted stands among its access records; no table of runs names it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from linli.foundation.privacy.holdings import holds_nothing
from linli.foundation.privacy.joint.models import JointRun
from linli.foundation.privacy.naming import names_work
from linli.foundation.registry.models import Resident


def register() -> None:
    holds_nothing(
        ("joint.JointPartner", "joint.JointRun", "joint.JointLogEntry"),
        "numbers, digests and which staff approved; whose identity number was used stands in the access records",
    )
    names_work("joint", _names)


def _names(numbers: Collection[int], resident: Resident) -> Mapping[int, str]:
    rows = JointRun.objects.filter(pk__in=numbers).select_related("partner")
    return {run.pk: _("和%(partner)s一起数人数") % {"partner": run.partner.name} for run in rows}
