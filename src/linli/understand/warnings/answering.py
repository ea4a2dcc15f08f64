"""Whoever was called answers: by the link in the message, by its code sent back, or by a key pressed on the telephone.

An answer acknowledges the warning, takes it over from somebody who never arrived, or says that they have.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.queries import actor_of
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import NotAllowed, NotFound, Refusal
from linli.foundation.events.recording import record
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import community_scope, every_community
from linli.foundation.vault.index import blind_index
from linli.understand.warnings import actions
from linli.understand.warnings.call_links import link_expired, read_link
from linli.understand.warnings.call_words import place_words, who_goes
from linli.understand.warnings.calling import end_climb, goes_on, system_of
from linli.understand.warnings.first_steps import FirstSteps, first_steps
from linli.understand.warnings.models import Call, Ladder, Warning
from linli.understand.warnings.seeing import told_to

LINK_GOOD_FOR = timedelta(days=3)


@dataclass(frozen=True)
class Answering:
    """A call as whoever holds its link reads it. ``open``: nobody has answered yet. ``answered_by`` may be the reader.

    ``may_arrive``: the reader said that they go, and may say that they are there; ``first`` is what they do then. ``late``
    says whose term has passed.
    """

    community: Community
    title: str
    level: str
    place: str
    whole_place: str
    open: bool
    mine: bool
    answered_by: str
    may_arrive: bool
    late: str
    first: FirstSteps | None


def call_by_link(token: str) -> Answering:
    """What the link is about; changes nothing. Raises :class:`NotFound` ``link_expired``."""
    community_id, call_id, nonce = read_link(token)
    with community_scope(community_id):
        return _answering(_call(call_id, nonce))


def answer_by_link(token: str, *, arrived: bool = False) -> Answering:
    """Whoever holds the link goes, or is there (``arrived``): the climb stops. A second press changes nothing.

    Raises :class:`NotFound`.
    """
    community_id, call_id, nonce = read_link(token)
    with community_scope(community_id):
        call = _call(call_id, nonce)
        how = Call.Answer.PUSH if call.way == Call.Way.PUSH else Call.Answer.LINK
        if arrived:
            _arrive(call, how)
        elif not call.reminds:
            _answer(call, how)
        return _answering(call)


def answer_by_code(number: str, code: str) -> bool:
    """A text message came back: whether it answers a call to that number that is still open."""
    with every_community("a message names its call by number and code"):
        found = _waiting().filter(
            way=Call.Way.SMS, code=code.strip()[:4], account__phone_index__in=blind_index("accounts.account.phone", number)
        ).exclude(code="")  # fmt: skip
        call = found.order_by("-pk").first()
    return _answered_in_scope(call, Call.Answer.SMS)


def answer_by_key(key: str, pressed: str) -> bool:
    """A key was pressed on the telephone: ``key`` is that of the call as it was handed over, ``1`` means I go."""
    with every_community("a gateway names its call by its key"):
        call = _waiting().filter(way=Call.Way.VOICE, notice__key=key).first() if pressed.strip() == "1" else None
    return _answered_in_scope(call, Call.Answer.VOICE)


def _call(pk: int, nonce: str) -> Call:
    """The call while its link is good: its account is active and still works there, the climb goes on or ended lately."""
    rows = Call.objects.filter(pk=pk, nonce=nonce, account__is_active=True).exclude(nonce="")
    call = rows.select_related("ladder__warning__grid", "account").first()
    if call is None:
        raise link_expired()
    ended = call.ladder.ended_at
    if ended is not None and ended < clock.now() - LINK_GOOD_FOR:
        raise link_expired()
    actor = actor_of(call.account) if call.account is not None else None
    street = call.role == Role.STREET_OFFICE and actor is not None and actor.has(Role.STREET_OFFICE)
    if actor is None or not (street or actions.may_work_on(call.ladder.warning, actor)):
        raise link_expired()
    return call


def _waiting():
    rows = Call.objects.filter(ladder__ended_at=None, answered_at=None, account__is_active=True)
    return rows.select_related("ladder__warning", "account")


def _answered_in_scope(call: Call | None, how: Call.Answer) -> bool:
    if call is None:
        return False
    with community_scope(call.community_id):
        try:
            _answer(call, how)
        except NotFound:
            return False
    return True


def _answer(call: Call, how: Call.Answer) -> None:
    """Write the answer down and acknowledge the warning; the street only asks why: of a P0 people are called until
    one of them goes.

    Of two who answer at once the second finds it answered: that is no fault of theirs. Who is reminded answers that they
    are there.
    """
    if call.reminds:
        _arrive(call, how)
        return
    now = clock.now()
    with transaction.atomic():
        ladder = Ladder.objects.select_for_update(of=("self",)).filter(pk=call.ladder_id, ended_at=None).first()
        if ladder is None or call.account is None:
            return
        actor = actor_of(call.account)
        works = actions.may_work_on(ladder.warning, actor)
        if not works and not actor.has(Role.STREET_OFFICE):
            raise link_expired()
        said = Call.objects.filter(pk=call.pk, answered_at=None).update(answered_at=now, answer=how)
        if not works and not said:
            return
        if works:
            try:
                with transaction.atomic():
                    take = actions.take_over if ladder.asks_after else actions.acknowledge
                    take(ladder.warning, actor=actor)
            except Refusal:
                end_climb(ladder, Ladder.End.OVER, now)
                return
        else:
            record("warnings.street_answered", ladder.warning, actor=system_of(ladder), account=call.account_id)
            if ladder.warning.level == "P0":
                return
        end_climb(ladder, Ladder.End.ANSWERED, now)


def _arrive(call: Call, how: Call.Answer) -> None:
    """Who said that they go is there; anybody else's press changes nothing."""
    if call.account is None:
        return
    warning = call.ladder.warning
    with transaction.atomic():
        warning.refresh_from_db()
        if not _is_expected(warning, call):
            return
        if call.reminds:
            Call.objects.filter(pk=call.pk, answered_at=None).update(answered_at=clock.now(), answer=how)
        try:
            actions.arrive(warning, actor=actor_of(call.account))
        except NotAllowed:
            raise link_expired() from None


def _is_expected(warning: Warning, call: Call) -> bool:
    """Whether this very person said that they go and nobody is there, also where it has opened again meanwhile."""
    waits = warning.arrived_at is None and warning.state in (Warning.State.OPEN, Warning.State.ACKNOWLEDGED)
    return waits and call.account_id is not None and warning.acknowledged_by_id == call.account_id


def _answering(call: Call) -> Answering:
    warning = Warning.objects.select_related(
        "grid", "building__estate", "home__entrance__building__estate", "facility", "acknowledged_by"
    ).get(pk=call.ladder.warning_id)
    street = call.role == Role.STREET_OFFICE
    ladder, account = call.ladder, call.account
    waits = goes_on(ladder, warning) and ladder.ended_at is None
    answers = ladder.calls.filter(answered_at__isnull=False).select_related("account").order_by("answered_at")
    if waits:
        answers = answers.filter(round=call.round) if street else answers.exclude(role=Role.STREET_OFFICE)
    first = answers.first()
    goes = warning.acknowledged_by if warning.state != Warning.State.OPEN and not street else None
    who = goes or (first.account if first is not None else warning.acknowledged_by)
    with translation.override(account.language if account else settings.LANGUAGE_CODE):
        hidden = _("有一条预警没有人到场") if ladder.asks_after else _("有一条预警没有人应")
        said = told_to(warning, actor_of(account)) if account is not None and not street else None
        goes_now = said is not None and _is_expected(warning, call)
        return Answering(
            community=Community.objects.get(pk=call.community_id),
            title=said.title if said is not None else hidden, level=warning.level,
            place="" if street else place_words(warning), whole_place="" if street else place_words(warning, whole=True),
            open=waits and first is None and not call.reminds, mine=who is not None and who == account,
            answered_by=who.display_name if who is not None else "",
            may_arrive=goes_now,
            first=first_steps(warning.kind, warning.level, seen=said.seen) if said is not None and goes_now else None,
            late=who_goes(ladder) if ladder.asks_after and not call.reminds and not street else "",
        )  # fmt: skip
