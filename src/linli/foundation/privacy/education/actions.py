"""Finishing a lesson, recording a class, and practising with messages that only look dangerous."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.permissions import (
    allow,
    is_community_staff,
    is_director,
    is_oversight,
    is_signed_in,
    require,
)
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.notices.actions import send_secret
from linli.foundation.privacy.education.audience import Recipient, recipients
from linli.foundation.privacy.education.lessons import Lesson, lesson_for
from linli.foundation.privacy.education.models import ClassHeld, Drill, DrillMessage, LessonDone
from linli.foundation.privacy.education.scenarios import Scenario, all_scenarios, scenario_named
from linli.foundation.registry.models import Grid
from linli.foundation.tenancy import active_community_id, community_scope, every_community

BETWEEN_DRILLS = timedelta(days=30)
"""The same message again teaches nobody anything, and too much practice makes real warnings dull."""

TOKEN = re.compile(r"/d/([A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")

allow("education.learn", is_signed_in)
allow("education.record_class", is_community_staff)
allow("education.start_drill", is_director | is_oversight)


@transaction.atomic
def finish_lesson(lesson: Lesson, first_answers: Mapping[int, int], *, actor: Actor) -> LessonDone:
    """Write down that the actor has learnt the lesson; ``first_answers`` are choice indices by question, first try.

    The same version again changes nothing. Raises :class:`NotAllowed` for somebody who is not signed in.
    """
    require(actor, "education.learn")
    if actor.account_id is None:
        raise NotAllowed
    done, created = LessonDone.objects.get_or_create(
        account_id=actor.account_id,
        lesson=lesson.key,
        version=lesson.version,
        defaults={
            "grid_id": _own_grid(actor),
            "right_at_once": len(lesson.questions) - len(lesson.wrong_in(first_answers)),
            "done_at": clock.now(),
        },
    )
    if created:
        record(
            "education.lesson_completed",
            done,
            actor=actor,
            lesson=lesson.key,
            version=lesson.version,
            account=actor.account_id,
            resident=actor.resident_id,
        )
    return done


@transaction.atomic
def answer_lesson(lesson: Lesson, answers: Sequence[int], *, actor: Actor) -> list[int]:
    """All answers at once; returns the indices that are wrong, and finishes the lesson when none is.

    Raises :class:`NotAllowed` for somebody who belongs to no community.
    """
    if actor.community_id is None:
        raise NotAllowed
    given = dict(enumerate(answers))
    wrong = lesson.wrong_in(given)
    if not wrong:
        finish_lesson(lesson, given, actor=actor)
    return wrong


@transaction.atomic
def record_class(lesson_key: str, grid_id: int, attended: int, held_on: date, *, actor: Actor) -> ClassHeld:
    """A lesson was read to a room. The same lesson, grid and day again corrects the number.

    Raises :class:`Invalid` for a day to come or nobody attending, :class:`NotFound`, :class:`NotAllowed`.
    """
    require(actor, "education.record_class")
    lesson = lesson_for("residents", lesson_key)
    grid = Grid.objects.visible_to(actor).filter(pk=grid_id).first()
    if grid is None:
        raise NotFound
    if held_on > clock.today():
        raise Invalid(_("这一天还没到。"), code="not_yet", field="held_on")
    if not 1 <= attended <= 500:
        raise Invalid(_("请填来了几个人，1 到 500。"), code="nobody_came", field="attended")
    held, _created = ClassHeld.objects.update_or_create(
        lesson=lesson.key,
        grid=grid,
        held_on=held_on,
        defaults={"attended": attended, "recorded_by_id": actor.account_id},
    )
    record("education.class_held", held, actor=actor, lesson=lesson.key, grid=grid.pk, attended=attended)
    return held


@transaction.atomic
def start_drill(scenario_key: str, *, actor: Actor) -> Drill:
    """Send the practice message to everybody whom it is for; who received which one is kept nowhere.

    Raises :class:`NotAllowed`, :class:`Invalid` (``unknown_scenario``, ``nobody_to_practise``) and
    :class:`Conflict` (``drilled_lately``) within thirty days of the same message.
    """
    require(actor, "education.start_drill")
    scenario = scenario_named(scenario_key)
    now = clock.now()
    if Drill.objects.filter(scenario=scenario.key, sent_at__gt=now - BETWEEN_DRILLS).exists():
        raise Conflict(_("这条演练短信一个月内发过了，换一条。"), code="drilled_lately")
    people = recipients(scenario.audience)
    if not people:
        raise Invalid(_("还没有能收到演练短信的人。"), code="nobody_to_practise", field="scenario")
    drill = Drill.objects.create(scenario=scenario.key, started_by_id=actor.account_id, sent_at=now)
    for person in people:
        _practise_with(person, drill, scenario)
    record("education.drill_started", drill, actor=actor, scenario=scenario.key, messages=len(people))
    return drill


def open_practice_link(token: str) -> Scenario:
    """Somebody followed the link of a practice message; raises :class:`NotFound` for a link that we did not send."""
    message = _message(token)
    with community_scope(message.community_id):
        DrillMessage.objects.filter(pk=message.pk).update(opened=True)
    return _scenario_of(message)


def report_suspicious(words: str) -> Scenario | None:
    """Recognise our own practice message in what somebody pasted; ``None`` when it is not ours."""
    for token in TOKEN.findall(words):
        try:
            message = _message(token)
        except NotFound:
            continue
        with community_scope(message.community_id):
            DrillMessage.objects.filter(pk=message.pk).update(reported=True)
        return _scenario_of(message)
    return None


def _practise_with(person: Recipient, drill: Drill, scenario: Scenario) -> None:
    token = secrets.token_urlsafe(16)
    DrillMessage.objects.create(drill=drill, grid_id=person.grid_id, digest=_digest(token))
    send_secret(
        person.phone,
        scenario.message(f"{settings.LINLI_PUBLIC_URL}/d/{token}", person.language),
        key=f"drill:{drill.pk}:{secrets.token_hex(8)}",
        community=active_community_id(),
    )


def _message(token: str) -> DrillMessage:
    with every_community("a practice link is followed without a sign-in"):
        found = DrillMessage.objects.select_related("drill").filter(digest=_digest(token)).first()
    if found is None:
        raise NotFound
    return found


def _scenario_of(message: DrillMessage) -> Scenario:
    scenario = all_scenarios().get(message.drill.scenario)
    if scenario is None:
        raise NotFound
    return scenario


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _own_grid(actor: Actor) -> int | None:
    if actor.account_id is None:
        return None
    account = Account.objects.select_related("resident__home__entrance__building").get(pk=actor.account_id)
    home = account.resident.home if account.resident else None
    return home.entrance.building.grid_id if home else next(iter(sorted(actor.grid_ids)), None)
