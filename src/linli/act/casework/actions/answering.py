"""What the resident says about a case: answer, add, rate, reopen, withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.act.casework.actions.changing import Change, begin, reckon_again, unpause, write_entry
from linli.act.casework.actions.checklists import give_checklist
from linli.act.casework.actions.handling import close, escalate
from linli.act.casework.actions.voices import raise_for_words
from linli.act.casework.links import read_rating_link
from linli.act.casework.models import UNFINISHED, Case, CaseRequest, Complaint, Rating, State
from linli.act.casework.queries.its_warnings import warnings_of
from linli.act.casework.rules.happiness import is_happy
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.tenancy import community_scope
from linli.sense.intake.actions import settle_answer
from linli.sense.intake.models import Arrival
from linli.sense.intake.models import State as Arrived
from linli.sense.intake.store import content_of
from linli.sense.requests.rules.danger import find_danger
from linli.sense.requests.speaking import residents_spoken_for

ANSWERS_A_DAY = 20
"""E-mails of one matter, the first included, that go into its case by themselves in a day; what comes after them looks like two machines talking."""
ESCALATED_FROM = 2
"""Unhappy for the second time, it goes above those who handled it."""


def answer(case_id: int, *, text: str, actor: Actor, photo_ids: Sequence[int] = (), version: int | None = None) -> Case:
    """The resident answers what was asked; the clock runs again."""
    with transaction.atomic():
        change = begin(case_id, "answer", actor=actor, version=version, text=text, photo_ids=photo_ids)
        unpause(change.case, change.now)
        return change.write(text=text, data={"request_ids": _spoken_of(change)})


def say_more(
    case_id: int, *, text: str, actor: Actor, photo_ids: Sequence[int] = (), version: int | None = None
) -> Case:
    """The resident adds something; the handler sees it on its list. After the end it always reaches a person, who answers it by
    a note or by opening the case again."""
    with transaction.atomic():
        change = begin(case_id, "say_more", actor=actor, version=version, text=text, photo_ids=photo_ids)
        if change.case.state in (State.CLOSED, State.EVALUATING):
            change.case.word_at = change.now
        return change.write(text=text, data={"request_ids": _spoken_of(change)})


def say_by_mail(arrival_id: int, *, actor: Actor) -> Case | None:
    """An e-mail that answers what we wrote becomes the speaker's word in its case: the answer to what was asked, or more words,
    which after the end reach a person. ``None``, and it goes on waiting at the door for a person, where the case takes no more
    words, the speaker took the request back, or a machine seems to be answering (:data:`ANSWERS_A_DAY`)."""
    if not actor.system:
        raise NotAllowed
    with transaction.atomic():
        arrival = Arrival.objects.filter(pk=arrival_id, state=Arrived.WAITING).select_for_update(of=("self",)).first()
        if arrival is None:
            return None
        said = content_of(arrival)
        row = CaseRequest.objects.filter(request=said.answers, withdrawn_at=None).select_related("case").first()
        today = Arrival.objects.filter(
            request=said.answers, state=Arrived.FILED, decided_at__gt=clock.now() - timedelta(days=1)
        )
        if row is None or today.count() >= ANSWERS_A_DAY:
            return None
        verb = "answer" if row.case.state == State.WAITING_CITIZEN else "say_more"
        if row.case.state not in {*UNFINISHED, State.EVALUATING, State.CLOSED}:
            return None
        photos = list(arrival.photos.all())
        change = begin(row.case_id, verb, actor=actor, text=said.words or _("（只有照片）"))
        change.photos = photos
        if verb == "answer":
            unpause(change.case, change.now)
        elif change.case.state in (State.CLOSED, State.EVALUATING):
            change.case.word_at = change.now
        case = change.write(
            text=said.words or _("（只有照片）"), data={"request_ids": [row.request_id], "channel": "mail"}
        )
        settle_answer(arrival_id, actor=actor)
        danger = find_danger(said.words)
    return case if danger is None else raise_for_words(case.pk, danger, actor=actor)


def rate(
    case_id: int,
    *,
    solved: bool,
    satisfaction: int,
    actor: Actor,
    reason: str = "",
    reasons: Sequence[str] = (),
    request_id: int | None = None,
    channel: str = "portal",
    version: int | None = None,
) -> Rating:
    """评价 one request of a case, once a round: not solved, or satisfaction 1–2, opens it again.

    Without ``request_id`` it is the actor's only unrated request. Staff that had no hand in it may enter what the
    resident said on the telephone (``channel="phone"``). Raises :class:`Conflict` ``rated_before``.
    """
    with transaction.atomic():
        change = begin(
            case_id, "rate", actor=actor, version=version, solved=solved, satisfaction=satisfaction, reason=reason
        )
        if satisfaction not in Rating.Satisfaction.values:
            raise Invalid(_("满意度是 1 到 5。"), code="satisfaction_out_of_range", field="satisfaction")
        case = change.case
        joined = _joined(case, actor, request_id, change.now)
        try:
            with transaction.atomic():
                rating = Rating.objects.create(
                    case=case,
                    request_id=joined.request_id,
                    round=case.reopened_times,
                    solved=solved,
                    satisfaction=satisfaction,
                    reason=reason,
                    reasons=[code for code in Complaint.values if code in reasons],
                    channel=channel,
                    at=change.now,
                )
        except IntegrityError:
            raise Conflict(_("这件事您已经评价过了，谢谢。"), code="rated_before") from None
        change.write(
            text=reason,
            data={
                "request_ids": [joined.request_id],
                "solved": solved,
                "satisfaction": satisfaction,
                "channel": channel,
            },
        )
        _follow(case, rating)
    return rating


def rate_by_link(
    token: str, *, solved: bool, satisfaction: int, reason: str = "", reasons: Sequence[str] = ()
) -> Rating:
    """Rate without signing in, by the link of one feedback. Raises :class:`NotFound` for a bad or old link."""
    link = read_rating_link(token)
    with community_scope(link.community_id):
        case = Case.objects.filter(joined__request_id=link.request_id).first()
        if case is None or case.reopened_times != link.round:
            raise NotFound(_("这个链接已经过期了。"), code="link_expired")
        return rate(
            case.pk,
            solved=solved,
            satisfaction=satisfaction,
            reason=reason,
            reasons=reasons,
            request_id=link.request_id,
            channel="link",
            actor=Actor.for_system("rating link", link.community_id),
        )


def reopen(case_id: int, *, reason: str, actor: Actor, version: int | None = None) -> Case:
    """重新办理: a new round with its own limit; grid lead and director are told."""
    with transaction.atomic():
        change = begin(case_id, "reopen", actor=actor, version=version, reason=reason)
        return _open_again(change, reason, _spoken_of(change))


def _open_again(change: Change, reason: str, request_ids: list[int]) -> Case:
    case = change.case
    case.reopened_times += 1
    case.clock_from = change.now
    case.closed_at = case.fed_back_at = case.word_at = None
    case.outcome = ""
    reckon_again(case)
    give_checklist(case)
    return change.write(text=reason, data={"request_ids": request_ids} if request_ids else None)


def withdraw(case_id: int, *, actor: Actor, reason: str = "", version: int | None = None) -> Case:
    """The speaker takes its request back; a case that other people also reported goes on for them."""
    with transaction.atomic():
        change = begin(case_id, "withdraw", actor=actor, version=version, reason=reason)
        case = change.case
        spoken_for = residents_spoken_for(actor)
        mine = case.joined.filter(request__speaker__in=spoken_for, withdrawn_at=None)
        request_ids = list(mine.values_list("request_id", flat=True))
        mine.update(withdrawn_at=change.now)
        if case.joined.filter(withdrawn_at=None).exists() or case.warning_id or warnings_of(case).live().exists():
            if case.warning_id is not None:
                reckon_again(case)
            case.version += 1
            case.save()
            write_entry(case, "leave", actor, change.now, case.state, text=reason, data={"request_ids": request_ids})
            record("casework.requests_withdrawn", case, actor=actor, request_ids=request_ids)
            return case
        unpause(case, change.now)
        return change.write(text=reason, data={"request_ids": request_ids})


def _spoken_of(change: Change) -> list[int]:
    """The requests in whose name the actor speaks: nobody but their speakers reads what a neighbour wrote."""
    spoken_for = residents_spoken_for(change.actor)
    mine = change.case.joined.filter(request__speaker__in=spoken_for, withdrawn_at=None)
    return list(mine.values_list("request_id", flat=True))


def _joined(case: Case, actor: Actor, request_id: int | None, now) -> CaseRequest:
    rows = case.joined.filter(withdrawn_at=None)
    if not (actor.system or actor.is_community_staff):
        rows = rows.filter(request__speaker__in=residents_spoken_for(actor))
    if request_id is not None:
        rows = rows.filter(request_id=request_id)
    elif not (actor.system or actor.is_community_staff):
        rated = Rating.objects.filter(case=case, round=case.reopened_times).values("request_id")
        rows = rows.exclude(request_id__in=rated) or rows
    found = list(rows[:2])
    if not found:
        raise NotFound(field="request_id")
    if len(found) > 1 and (actor.system or actor.is_community_staff):
        raise Invalid(_("请选一下，是哪一位说的。"), code="request_ambiguous", field="request_id")
    return found[0]


def _follow(case: Case, rating: Rating) -> None:
    """One unhappy answer opens the case again for everybody; when all are happy it closes."""
    system = Actor.for_system("rating", case.community_id)
    if not is_happy(rating.solved, rating.satisfaction):
        reason = rating.reason or str(Rating.Satisfaction(rating.satisfaction).label)
        again = _open_again(begin(case.pk, "reopen", actor=system, reason=reason), reason, [rating.request_id])
        if again.reopened_times >= ESCALATED_FROM:
            escalate(case.pk, reason=reason, actor=system)
    elif case.state == State.EVALUATING:
        answered = case.ratings.filter(round=case.reopened_times).values("request_id")
        if not case.joined.filter(withdrawn_at=None).exclude(request_id__in=answered).exists():
            close(case.pk, actor=system, answered=True)
