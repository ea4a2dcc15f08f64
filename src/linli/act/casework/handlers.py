"""What follows from requests, warnings and the case's own events."""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from linli.act.casework import telling
from linli.act.casework.actions import (
    contact,
    merge,
    open_case_for_maintenance,
    open_case_for_request,
    open_case_for_silent_device,
    open_case_for_warning,
    raise_for_danger,
    reopen,
    say_by_mail,
    settle,
)
from linli.act.casework.actions.changing import KINDS, write_entry
from linli.act.casework.actions.colleagues import end_stray_watches
from linli.act.casework.actions.keeping_time import keep_time_of_all_warnings, keep_time_of_warning
from linli.act.casework.models import ENDED, UNFINISHED, Case, CaseEntry, Errand, State
from linli.act.casework.queries.its_warnings import case_of_warning, warnings_of, without_finding
from linli.act.casework.queries.worklists import case_rows
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.queries import actor_of
from linli.foundation.errors import Refusal
from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.understand.warnings.models import Warning

log = logging.getLogger(__name__)


@on("requests.filed")
def open_case_of_request(event: Event) -> None:
    open_case_for_request(_id(event), actor=Actor.for_system("triage", event.community_id))


@on("intake.arrived")
def have_danger_looked_at(event: Event) -> None:
    """Nobody has read it, and nobody may be at the desk: whoever works in the community hears of it at once."""
    if event.data.get("danger"):
        telling.tell_danger_arrived(_id(event))


@on("intake.answered")
def put_answer_into_its_case(event: Event) -> None:
    """What cannot go there (the case is archived, the request was taken back) waits for a person like any e-mail."""
    say_by_mail(_id(event), actor=Actor.for_system("mail", event.community_id))


@on("requests.voice_heard")
def raise_what_sounds_like_danger(event: Event) -> None:
    if event.data["danger"]:
        raise_for_danger(_id(event), actor=Actor.for_system("hearing", event.community_id))


@on("warnings.opened")
def open_case_of_warning(event: Event) -> None:
    """One that has become a part of another meanwhile is worked on with that."""
    if not Warning.objects.filter(pk=_id(event), state=Warning.State.HELD).exists():
        open_case_for_warning(_id(event), actor=_warnings(event))


@on("warnings.device_silent")
def open_case_of_silent_device(event: Event) -> None:
    open_case_for_silent_device(_id(event), since=datetime.fromisoformat(event.data["since"]), actor=_warnings(event))


@on("telemetry.maintenance_asked")
def open_case_of_maintenance(event: Event) -> None:
    actor = Actor.for_system("telemetry", event.community_id)
    open_case_for_maintenance(_id(event), event.data["entry_id"], actor=actor)


@on("warnings.condition_ended")
def tell_condition_ended(event: Event) -> None:
    """The case goes on: somebody still has to look."""
    if (case := _case_of_warning(event)) is not None and case.state in UNFINISHED:
        write_entry(case, "condition_ended", _warnings(event), event.happened_at, case.state, public=False)


@on("warnings.arrived")
def note_arrival(event: Event) -> None:
    """Said on the warning's own page or by the link of a call: a case that nobody reported has its place reached by that."""
    case, account = _case_of_warning(event), Account.objects.filter(pk=event.data["by"] or 0).first()
    if case is None or account is None or case.contacted_at is not None or not case.nobody_reported():
        return
    with translation.override(settings.LANGUAGE_CODE):
        for actor in (actor_of(account), _warnings(event)):
            try:
                contact(
                    case.pk, text=_("%(who)s 到现场了。") % {"who": account.display_name}, on_site=True, actor=actor
                )
                return
            except Refusal:
                log.info("%s cannot be told by %s that somebody has arrived", case.number, actor.role_and_name)


@on("warnings.arrival_expected")
def expect_whoever_goes(event: Event) -> None:
    keep_time_of_warning(_id(event), why="said")


@on("warnings.given_back", "warnings.retriggered")
def expect_anybody(event: Event) -> None:
    keep_time_of_warning(_id(event), why="open")


@on("warnings.call_plan_changed")
def expect_by_the_new_term(event: Event) -> None:
    """Who has said that they go keeps their term; for the rest the new one counts from now on."""
    keep_time_of_all_warnings(why="plan")


@on("warnings.cleared", "warnings.dismissed")
def end_case_of_warning(event: Event) -> None:
    """Ended on the warning's own page. A case that residents reported too, or that has another warning, goes on for them."""
    case = _case_of_warning(event)
    if case is None or case.state not in UNFINISHED:
        return
    if not case.joined.filter(withdrawn_at=None).exists() and not warnings_of(case).live().exists():
        settle(case.pk, actor=_warnings(event))


@on("warnings.retriggered")
def reopen_case_of_warning(event: Event) -> None:
    """It was fed back, and there it is again, even where the case was closed meanwhile."""
    case = _case_of_warning(event)
    if case is None or case.state not in (State.EVALUATING, State.CLOSED):
        return
    if without_finding(case).filter(pk=_id(event)).exists():
        with translation.override(settings.LANGUAGE_CODE):
            reopen(case.pk, reason=_("设备又报警了。"), actor=_warnings(event))


@on("warnings.folded")
def join_case_of_whole(event: Event) -> None:
    """Many warnings have one cause: their cases become one. Where somebody has begun, that case goes on.

    One whose case has ended lets go of it: asked about alone again, it has a case of its own.
    """
    own, actor = Case.objects.filter(warning=_id(event)).first(), _warnings(event)
    if own is not None and own.state in ENDED:
        Case.objects.filter(pk=own.pk).update(warning=None)
    if own is None or own.state not in UNFINISHED:
        return
    whole = open_case_for_warning(event.data["whole"], actor=actor)
    Case.objects.filter(pk=own.pk).update(warning=None)
    try:
        with transaction.atomic():
            merge(own.pk, into_id=whole.pk, actor=actor)
    except Refusal:
        log.info("%s goes on by itself", own.number)


@on("warnings.folded", "warnings.held")
def tell_grids_of_whole(event: Event) -> None:
    """The worker of the whole's own grid hears of it by its case; those of the other grids have parts of it too."""
    part = Warning.objects.select_related("part_of__building", "part_of__grid").filter(pk=_id(event)).first()
    whole = part.part_of if part is not None else None
    if part is not None and whole is not None and whole.state in Warning.ACTIVE and part.grid_id != whole.grid_id:
        telling.tell_grid_of_whole(whole, part.grid_id)


@on("casework.case_opened")
def tell_received(event: Event) -> None:
    telling.tell_received(_case(event), event.happened_at)


@on("casework.case_dispatched", "casework.case_taken", "casework.case_handed_over")
def tell_who_has_it(event: Event) -> None:
    """The message of receipt already names a handler who was found at once; one who goes for its warning hears that instead."""
    case, entry = _case(event), _entry(event)
    if case.handler_id is None or entry.data.get("handler_id") != case.handler_id:
        return
    if event.happened_at != case.opened_at:
        telling.tell_assigned(case, entry)
    if entry.by_id != case.handler_id and not entry.data.get("goes"):
        telling.tell_handler(case, entry)


@on("casework.case_raised", "casework.words_written_down")
def tell_that_it_is_danger(event: Event) -> None:
    if event.data.get("raised", True):
        telling.tell_raised(_case(event), event.pk)


@on("casework.requests_joined")
def tell_joined(event: Event) -> None:
    """Who joins a case that waits for ratings is told its result at once: no other feedback will come."""
    case, joined = _case(event), event.data["request_ids"]
    telling.tell_joined(case, joined)
    fed_back = case.entries.filter(verb="feed_back").last() if case.state == State.EVALUATING else None
    if fed_back is not None:
        telling.tell_fed_back(case, fed_back, only=joined)


@on("casework.resident_asked")
def tell_asked(event: Event) -> None:
    telling.tell_asked(_case(event), _entry(event))


@on("casework.case_fed_back")
def tell_fed_back(event: Event) -> None:
    """The link of an earlier round is worthless, so a late delivery does not send it."""
    case = _case(event)
    if case.reopened_times == event.data["round"]:
        telling.tell_fed_back(case, _entry(event))


@on("casework.case_reopened")
def tell_reopened(event: Event) -> None:
    telling.tell_reopened(_case(event), _entry(event))


@on("casework.case_suspended")
def tell_suspended(event: Event) -> None:
    telling.tell_suspended(_case(event), _entry(event))


@on("casework.resident_said_more")
def tell_word_after_the_end(event: Event) -> None:
    case = _case(event)
    if case.word_at is not None:
        telling.tell_word(case, _entry(event))


@on("casework.case_extended")
def tell_extended(event: Event) -> None:
    telling.tell_extended(_case(event), _entry(event))


@on("casework.case_rejected", "casework.case_transferred")
def tell_ended(event: Event) -> None:
    telling.tell_ended(_case(event), _entry(event))


@on("casework.deadline_reached")
def tell_mark(event: Event) -> None:
    telling.tell_mark(_case(event), _entry(event))


@on("casework.colleagues_mentioned")
def tell_mentioned(event: Event) -> None:
    telling.tell_mentioned(_case(event), _entry(event), event.data["account_ids"])


TOLD_TO_WATCHERS = (
    *(f"casework.{KINDS[verb]}" for verb in (
        "accept", "dispatch", "take", "start", "contact", "say_more", "hand_over", "ask_resident", "answer", "resume",
        "suspend", "return", "transfer", "escalate", "reclassify", "locate", "place_under_law", "extend", "feed_back",
        "rate", "close", "settle", "reopen", "merge", "withdraw", "reject",
    )),
    "casework.errand_accept", "casework.errand_arrive", "casework.errand_finish", "casework.errand_decline",
    "casework.deadline_reached",
)  # fmt: skip
"""What a watcher gets a message for; notes and the like it finds on its list."""


@on(*TOLD_TO_WATCHERS)
def tell_watchers(event: Event) -> None:
    telling.tell_watchers(_case(event), _entry(event))


@on("accounts.grant_ended")
def end_watches_of_who_left(event: Event) -> None:
    end_stray_watches()


@on("casework.errand_sent", "casework.errand_renew")
def tell_unit(event: Event) -> None:
    telling.tell_unit(_errand(event))


@on("casework.errand_recall")
def tell_unit_recalled(event: Event) -> None:
    telling.tell_unit_recalled(_errand(event))


@on("casework.errand_accept", "casework.errand_decline", "casework.errand_arrive", "casework.errand_finish")
def tell_what_unit_said(event: Event) -> None:
    telling.tell_of_errand(_errand(event), _entry(event))


@on("casework.errand_late")
def tell_unit_is_late(event: Event) -> None:
    telling.tell_of_errand(_errand(event), _entry(event), late=True)


def _errand(event: Event) -> Errand:
    rows = Errand.objects.select_related(
        "unit", "case__handler", "case__building__estate", "case__facility", "case__warning"
    )
    return rows.get(pk=event.data["errand_id"])


def _warnings(event: Event) -> Actor:
    return Actor.for_system("warnings", event.community_id)


def _case_of_warning(event: Event) -> Case | None:
    return case_of_warning(_id(event))


def _id(event: Event) -> int:
    return int(event.subject.rpartition(":")[2])


def _case(event: Event) -> Case:
    return case_rows(Actor.for_system("notices", event.community_id)).get(pk=_id(event))


def _entry(event: Event) -> CaseEntry:
    return CaseEntry.objects.get(pk=event.data["entry_id"])
