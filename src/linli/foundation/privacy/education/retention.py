"""How long lessons and drills stay."""

from __future__ import annotations

from linli.foundation.privacy.education.models import ClassHeld, Drill, LessonDone
from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.person import spares


def register() -> None:
    expires(
        "education.LessonDone",
        lambda before: LessonDone.objects.filter(done_at__lt=before),
        moment="done_at",
        resident="account__resident",
    )
    expires(
        "education.ClassHeld",
        lambda before: ClassHeld.objects.filter(held_on__lt=before),
        moment="held_on",
        resident="",
    )
    expires("education.Drill", lambda before: Drill.objects.filter(sent_at__lt=before), moment="sent_at", resident="")
    spares(
        ("education.ClassHeld", "education.Drill", "education.DrillMessage"), "counts by grid, nobody's name or number"
    )
