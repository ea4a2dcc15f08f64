"""How far the lessons have come, by grid and never by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import allow, is_community_staff, is_oversight, require
from linli.foundation.privacy.education.lessons import Lesson, all_lessons, lessons_for
from linli.foundation.privacy.education.models import ClassHeld, Drill, DrillMessage, LessonDone
from linli.foundation.privacy.education.scenarios import Scenario, all_scenarios
from linli.foundation.registry.models import Grid

FEWEST = 5
"""A smaller number of people in a grid would point at somebody (GB/T 37964: k ≥ 5)."""


allow("education.oversee", is_community_staff | is_oversight)


@dataclass(frozen=True)
class Reached:
    """``people`` who finished on their own, ``None`` when 1 to 4: too few to show; ``attended`` a class."""

    grid: Grid
    people: int | None
    attended: int


@dataclass(frozen=True)
class LessonReach:
    lesson: Lesson
    people: int | None
    grids: list[Reached]


@dataclass(frozen=True)
class DrillResult:
    """Shares need at least :data:`FEWEST` messages; ``by_grid`` are (grid, sent, opened, reported) of grids that have."""

    drill: Drill
    scenario: Scenario | None
    sent: int
    opened: int | None
    reported: int | None
    by_grid: list[tuple[Grid, int, int, int]]


def done_by(actor: Actor) -> set[str]:
    """Keys of the lessons whose present version the actor has finished."""
    if actor.community_id is None:
        return set()
    versions = {(lesson.key, lesson.version) for lesson in all_lessons().values()}
    found = LessonDone.objects.visible_to(actor).values_list("lesson", "version")
    return {lesson for lesson, version in found if (lesson, version) in versions}


def reach(actor: Actor) -> list[LessonReach]:
    """Every lesson for residents with how many it has reached; raises :class:`NotAllowed` outside the community."""
    require(actor, "education.oversee")
    grids = list(Grid.objects.order_by("number"))
    done = _counted(LessonDone.objects.values_list("lesson", "grid").annotate(n=Count("account", distinct=True)))
    held = _counted(ClassHeld.objects.values_list("lesson", "grid").annotate(n=Sum("attended")))
    return [_reach(lesson, grids, done, held) for lesson in lessons_for("residents")]


def drills(actor: Actor) -> list[DrillResult]:
    """What came of the newest drills; raises :class:`NotAllowed` outside the community."""
    require(actor, "education.oversee")
    rows = list(Drill.objects.visible_to(actor).order_by("-sent_at", "-pk")[:24])
    grids = {grid.pk: grid for grid in Grid.objects.all()}
    messages = DrillMessage.objects.filter(drill__in=rows).values_list("drill", "grid", "opened", "reported")
    counted = Counter(messages)
    return [_result(drill, counted, grids) for drill in rows]


def _counted(rows: QuerySet | Iterable) -> dict[tuple[str, int | None], int]:
    return {(lesson, grid): n for lesson, grid, n in rows}


def _reach(lesson: Lesson, grids: list[Grid], done: dict, held: dict) -> LessonReach:
    everybody = sum(n for (key, _grid), n in done.items() if key == lesson.key)
    return LessonReach(
        lesson,
        _shown(everybody),
        [
            Reached(grid, _shown(done.get((lesson.key, grid.pk), 0)), held.get((lesson.key, grid.pk), 0))
            for grid in grids
        ],
    )


def _result(drill: Drill, counted: Counter, grids: dict[int, Grid]) -> DrillResult:
    mine = [(grid, opened, reported, n) for (d, grid, opened, reported), n in counted.items() if d == drill.pk]
    by_grid = []
    for pk, grid in sorted(grids.items(), key=lambda item: item[1].number):
        here = [row for row in mine if row[0] == pk]
        if (sent := _n(here)) >= FEWEST:
            by_grid.append((grid, sent, _n(here, opened=True), _n(here, reported=True)))
    sent = _n(mine)
    told = sent >= FEWEST
    return DrillResult(
        drill,
        all_scenarios().get(drill.scenario),
        sent,
        _n(mine, opened=True) if told else None,
        _n(mine, reported=True) if told else None,
        by_grid,
    )


def _n(rows: list, *, opened: bool = False, reported: bool = False) -> int:
    return sum(n for _grid, was_opened, was_reported, n in rows if was_opened >= opened and was_reported >= reported)


def _shown(n: int) -> int | None:
    return n if n >= FEWEST else None
