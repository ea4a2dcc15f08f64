"""隐私账本: granting a year's budget, lowering it, and paying from it. What is left can only fall."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import allow, is_community_staff, is_director, is_oversight, require
from linli.foundation.errors import Conflict, Invalid
from linli.foundation.events.recording import record
from linli.foundation.privacy.publishing.models import ANALYSIS, OPEN_NUMBERS, Budget, LedgerEntry
from linli.foundation.privacy.publishing.rules.budget import MOST, NotABudget, spelled, thousandths, whole

PURPOSES = frozenset({OPEN_NUMBERS, ANALYSIS})
BY_ITSELF = {ANALYSIS: 10_000}
"""What a year has where the director granted nothing, in thousandths: twenty answers, over all studies."""
SUGGESTED = 5000
"""ε = 5 pays one release a year at the finest precision."""

allow("publishing.see_ledger", is_community_staff | is_oversight)
allow("publishing.grant", is_director)
allow("publishing.lower", is_director | is_oversight)


@dataclass(frozen=True)
class Standing:
    """What a budget had, and has left, in thousandths of ε; ``entries`` oldest first."""

    budget: Budget
    left: int
    entries: tuple[LedgerEntry, ...]


@transaction.atomic
def grant(purpose: str, said: object, *, actor: Actor) -> Budget:
    """Open this year's budget: ``said`` in ε (``"5"``). Once a year: it can be lowered afterwards, never raised.

    Raises :class:`NotAllowed`, :class:`Invalid` (``not_a_budget``, ``unknown_purpose``), :class:`Conflict`
    (``granted_already``, ``clock_moved_back``).
    """
    require(actor, "publishing.grant")
    if purpose not in PURPOSES:
        raise Invalid(_("没有这种用途。"), code="unknown_purpose", field="purpose")
    amount = _amount(said, MOST)
    year = clock.today().year
    _only_forward(purpose, year)
    if Budget.objects.filter(purpose=purpose, year=year).exists():
        raise Conflict(_("今年的预算定过了，只能调低，不能重定。"), code="granted_already")
    try:
        with transaction.atomic():
            budget = Budget.objects.create(
                purpose=purpose, year=year, granted=amount, granted_by_id=actor.account_id, granted_at=clock.now()
            )
    except IntegrityError:
        raise Conflict(_("今年的预算定过了，只能调低，不能重定。"), code="granted_already") from None
    record("publishing.budget_granted", budget, actor=actor, purpose=purpose, year=year, granted=amount)
    return budget


@transaction.atomic
def lower(purpose: str, said: object, *, actor: Actor) -> LedgerEntry:
    """Take ``said`` (in ε) off what this year's budget has left; raises as :func:`pay`, and :class:`NotAllowed`."""
    require(actor, "publishing.lower")
    budget = _locked(purpose)
    left, sequence = _end_of(budget)
    amount = _amount(said, left) if left else 0
    if not amount:
        raise Conflict(_("今年的预算已经用完了。"), code="budget_spent", left=0)
    entry = _append(budget, LedgerEntry.Kind.LOWERED, amount, f"lowered:{budget.pk}:{sequence}", actor)
    record("publishing.budget_lowered", budget, actor=actor, amount=amount, left=entry.left_after)
    return entry


def pay(purpose: str, amount: int, about: str, *, actor: Actor) -> LedgerEntry:
    """Take ``amount`` thousandths of ε from this year's budget for ``about``, in the caller's transaction.

    Pay before anything is shown: the answer and its payment belong into one transaction. Raises :class:`Invalid`
    (``not_a_budget``, ``no_budget``), :class:`Conflict` (``budget_spent`` when less is left, ``paid_already``,
    ``clock_moved_back``); none of them takes anything.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a payment outside the transaction of what it pays for")
    try:
        whole(amount)
    except NotABudget:
        raise Invalid(_("这不是一个预算数。"), code="not_a_budget", field="amount") from None
    if not 1 <= len(about) <= 64:
        raise Invalid(_("要写明是为了什么。"), code="not_a_budget", field="about")
    budget = _locked(purpose)
    left, _sequence = _end_of(budget)
    if amount > left:
        raise Conflict(
            _("今年的预算只剩 %(left)s，不够 %(amount)s。") % {"left": spelled(left), "amount": spelled(amount)},
            code="budget_spent",
            left=left,
        )
    if LedgerEntry.objects.filter(about=about).exists():
        raise Conflict(_("这一项已经付过了。"), code="paid_already")
    return _append(budget, LedgerEntry.Kind.SPENT, amount, about, actor)


def left(purpose: str) -> int:
    """What this year's budget has left, in thousandths of ε; nothing where it waits to be granted."""
    found = standing(purpose)
    return found.left if found is not None else BY_ITSELF.get(purpose, 0)


def standing(purpose: str, year: int | None = None) -> Standing | None:
    """The budget of a year (this one by default) with its ledger; ``None`` while none is granted."""
    year = clock.today().year if year is None else year
    budget = Budget.objects.filter(purpose=purpose, year=year).first()
    if budget is None:
        return None
    entries = tuple(LedgerEntry.objects.filter(budget=budget).order_by("sequence"))
    return Standing(budget, entries[-1].left_after if entries else budget.granted, entries)


def _amount(said: object, most: int) -> int:
    try:
        return thousandths(said, most=most)
    except NotABudget:
        raise Invalid(
            _("预算要大于 0，最多 %(most)s，最细到千分之一。") % {"most": spelled(most)},
            code="not_a_budget",
            field="amount",
        ) from None


def _locked(purpose: str) -> Budget:
    """This year's budget, held until the transaction ends."""
    year = clock.today().year
    _only_forward(purpose, year)
    budget = Budget.objects.select_for_update().filter(purpose=purpose, year=year).first()
    if budget is None and purpose in BY_ITSELF:
        budget = _opened(purpose, year)
    if budget is None:
        raise Invalid(_("今年的隐私预算还没有定。"), code="no_budget", field="purpose")
    return budget


def _opened(purpose: str, year: int) -> Budget:
    """The year's budget as it is without anybody's grant; whoever comes second takes the first one's."""
    try:
        with transaction.atomic():
            budget = Budget.objects.create(
                purpose=purpose, year=year, granted=BY_ITSELF[purpose], granted_at=clock.now()
            )
    except IntegrityError:
        return Budget.objects.select_for_update().get(purpose=purpose, year=year)
    system = Actor.for_system("publishing", budget.community_id)
    record("publishing.budget_granted", budget, actor=system, purpose=purpose, year=year, granted=budget.granted)
    return budget


def _only_forward(purpose: str, year: int) -> None:
    """A clock that was put back must not reach the leftovers of an earlier year, nor write before what is written."""
    later = (
        Budget.objects.filter(purpose=purpose, year__gt=year).exists()
        or Budget.objects.filter(purpose=purpose, granted_at__gt=clock.now()).exists()
        or LedgerEntry.objects.filter(budget__purpose=purpose, at__gt=clock.now()).exists()
    )
    if later:
        raise Conflict(_("系统的时钟比账本早，先把时钟拨对。"), code="clock_moved_back")


def _end_of(budget: Budget) -> tuple[int, int]:
    """(what is left, the next line's place)."""
    last = LedgerEntry.objects.filter(budget=budget).order_by("-sequence").first()
    return (last.left_after, last.sequence + 1) if last else (budget.granted, 1)


def _append(budget: Budget, kind: str, amount: int, about: str, actor: Actor) -> LedgerEntry:
    left, sequence = _end_of(budget)
    try:
        with transaction.atomic():
            return LedgerEntry.objects.create(
                community_id=budget.community_id,
                budget=budget,
                sequence=sequence,
                kind=kind,
                amount=amount,
                left_before=left,
                left_after=left - amount,
                about=about,
                by=actor.label,
                at=clock.now(),
            )
    except IntegrityError:
        raise Conflict(_("同一时刻有人也在用预算，请再试一次。"), code="budget_busy") from None
