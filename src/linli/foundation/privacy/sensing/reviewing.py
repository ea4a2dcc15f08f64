"""What makes an assessment due without anybody saying so: a purpose of it was changed or taken out of the register."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation.privacy.purposes import in_force
from linli.foundation.privacy.sensing.actions.assessing import call_for_another
from linli.foundation.privacy.sensing.models import Assessment, AssessmentState


def call_for_what_changed() -> int:
    """Look at each approved assessment of the community in scope; returns how many became due.

    A purpose that is gone also stops its devices by itself: what senses a home asks for it each time.
    """
    known = {key: one.version for key, one in in_force().items()}
    due = 0
    for standing in Assessment.objects.filter(state=AssessmentState.APPROVED):
        changed = [key for key, version in standing.versions.items() if known.get(key) != version]
        if changed:
            with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
                call_for_another(standing, _("用途改了或取消了"), community_id=standing.community_id)
            due += 1
    return due
