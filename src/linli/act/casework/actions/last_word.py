"""After the feedback: calls that reached nobody, and a case in public that neighbours can join."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from linli.act.casework.actions.changing import locked_case, write_entry
from linli.act.casework.actions.errands import photos_to_choose
from linli.act.casework.actions.fit_for_others import must_be_fit
from linli.act.casework.actions.opening import join_request
from linli.act.casework.models import MOST_ATTEMPTS, UNFINISHED, CallAttempt, Outcome, PublicCard, State
from linli.act.casework.permissions import had_a_hand_in, unrated
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.sense.requests.actions import Place, file_request
from linli.sense.requests.models import Channel, Request

APART = timedelta(hours=2)


def missed(case_id: int, request_id: int, *, actor: Actor) -> CallAttempt:
    """A call after the feedback that nobody answered: at most three, at least two hours apart, by somebody who had no
    hand in the case. Raises :class:`Conflict` ``too_soon``, ``tried_enough``."""
    with transaction.atomic():
        case = locked_case(case_id, actor)
        if not actor.is_community_staff:
            raise NotAllowed
        if had_a_hand_in(case, actor):
            raise NotAllowed(_("办事的人不能替居民评价。"), code="handler_cannot_rate")
        if case.state != State.EVALUATING or not unrated(case).filter(request_id=request_id).exists():
            raise Conflict(_("这件事现在不用回访。"), code="nothing_to_ask")
        now = clock.now()
        before = list(CallAttempt.objects.filter(case=case, request_id=request_id, round=case.reopened_times))
        if len(before) >= MOST_ATTEMPTS:
            raise Conflict(_("已经打过三次了，不用再打。"), code="tried_enough")
        if before and now - before[-1].at < APART:
            raise Conflict(_("刚打过。隔两个小时，换个时间再打。"), code="too_soon")
        attempt = CallAttempt.objects.create(
            case=case, request_id=request_id, round=case.reopened_times, at=now, by_id=actor.account_id
        )
        entry = write_entry(
            case,
            "call_missed",
            actor,
            now,
            case.state,
            public=False,
            data={"n": len(before) + 1, "request_ids": [request_id]},
        )
        record("casework.call_missed", case, actor=actor, entry_id=entry.pk, attempt=len(before) + 1)
    return attempt


def show_publicly(
    case_id: int, *, title: str, actor: Actor, place: str = "", did: str = "", photo_ids: Sequence[int] = ()
) -> PublicCard:
    """Write, or write anew, what everybody may read of a case. Community staff only; words about the matter alone.

    ``did`` only once it was fixed (``not_fixed``). Raises :class:`Invalid` for a number, a name or a home
    in the words (:func:`must_be_fit`).
    """
    with transaction.atomic():
        case = locked_case(case_id, actor)
        if not actor.is_community_staff:
            raise NotAllowed
        must_be_fit(case, {"title": title, "place": place, "did": did})
        if not title.strip():
            raise Invalid(_("请写一句是什么事。"), code="missing", field="title")
        if did.strip() and (
            case.outcome != Outcome.FIXED or case.state not in (State.EVALUATING, State.CLOSED, State.ARCHIVED)
        ):
            raise Conflict(_("还没办好，先不能说办好了。"), code="not_fixed", field="did")
        now = clock.now()
        photos = list(photos_to_choose(case).filter(pk__in=photo_ids))
        if len(photos) != len(set(photo_ids)):
            raise NotFound(field="photo_ids")
        card = PublicCard.objects.filter(case=case).first() or PublicCard(case=case, shown_at=now)
        card.title, card.place, card.did = title.strip()[:60], place.strip()[:60], did.strip()[:300]
        card.did_at = (card.did_at or now) if card.did else None
        card.hidden_at, card.written_by_id = None, actor.account_id
        card.save()
        card.photos.set(photos)
        record("casework.shown_publicly", case, actor=actor, done=bool(card.did))
    return card


def hide_card(case_id: int, *, actor: Actor) -> None:
    if not actor.is_community_staff:
        raise NotAllowed
    with transaction.atomic():
        card = PublicCard.objects.filter(case_id=case_id, hidden_at=None).select_related("case").first()
        if card is None:
            raise NotFound
        card.hidden_at = clock.now()
        card.save()
        record("casework.hidden_publicly", card.case, actor=actor)


def me_too(card_id: int, *, actor: Actor, speaker_id: int | None = None) -> Request:
    """我也遇到了: the speaker joins the case with a request of its own, is told what everybody is told, and rates.

    Twice is once. Raises :class:`Conflict` ``case_ended`` when nobody works at it any more.
    """
    with transaction.atomic():
        card = PublicCard.objects.visible_to(actor).filter(pk=card_id, hidden_at=None).select_related("case").first()
        if card is None:
            raise NotFound
        speaker = speaker_id or actor.resident_id
        if speaker is None:
            raise NotAllowed
        case = card.case
        joined = Request.objects.filter(joined__case=case, speaker_id=speaker, joined__withdrawn_at=None).first()
        if joined is not None:
            return joined
        if case.state not in UNFINISHED:
            raise Conflict(_("这件事已经办完了。还有问题，请再说一次。"), code="case_ended")
        place = (
            Place(facility_id=case.facility_id)
            if case.facility_id
            else (Place(building_id=case.building_id) if case.building_id else None)
        )
        filed = file_request(
            _("我也遇到了：%(title)s") % {"title": card.title}, actor=actor, channel=Channel.PORTAL, place=place,
            speaker_id=speaker, client_key=f"me-too-{card.pk}-{speaker}-{case.reopened_times}",
            seconds_id=case.joined.filter(request__seconds=None).order_by("pk").values_list("request_id", flat=True).first(),
        )  # fmt: skip
        if not hasattr(filed.request, "joined"):
            join_request(filed.request.pk, into_id=case.pk, actor=Actor.for_system("me too", case.community_id))
    return filed.request
