"""Which lessons about protecting information somebody finished."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.education.models import LessonDone
from linli.foundation.privacy.holdings import Held, Row, holds, holds_nothing
from linli.foundation.registry.models import Resident


def lessons_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    done = list(LessonDone.objects.filter(account__resident=resident).order_by("-done_at"))
    if not done:
        return

    def rows() -> Iterator[Row]:
        for one in done:
            yield {
                "lesson": one.lesson,
                "version": one.version,
                "right_at_once": one.right_at_once,
                "done_at": one.done_at,
            }

    yield Held(
        key="lessons",
        title=_("您学完的课"),
        words=_("学完了 %(n)d 课。") % {"n": len(done)},
        table="education.LessonDone",
        sources=("self",),
        rows=rows,
        labels={"lesson": _("课"), "right_at_once": _("一次答对"), "done_at": _("哪天")},
        newest_at=done[0].done_at,
        icon="lightbulb",
        url="portal:lessons",
    )


def register() -> None:
    holds("education.lessons", lessons_of, tables=("education.LessonDone",), order=65)
    holds_nothing(
        ("education.ClassHeld", "education.Drill", "education.DrillMessage"), "counts by grid, nobody's name or number"
    )
