"""Releasing numbers: one of the staff proposes, another one approves, the worker counts and pays."""

from __future__ import annotations

import logging
from datetime import date

import rules
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import allow, is_community_staff, is_director, is_oversight, require
from linli.foundation.accounts.persons import same_person
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from linli.foundation.events.recording import record
from linli.foundation.privacy.publishing import ledger, releasing
from linli.foundation.privacy.publishing.models import OPEN_NUMBERS, WORKFLOW, Figure, Release, State
from linli.foundation.privacy.publishing.numbers import Period
from linli.foundation.privacy.publishing.rules.budget import spelled
from linli.foundation.privacy.publishing.rules.suppression import NotProtected

log = logging.getLogger(__name__)

FEWEST_DAYS, MOST_DAYS = 28, 366


@rules.predicate
def is_proposer(actor: Actor, release: Release | None = None) -> bool:
    return release is not None and actor.account_id is not None and release.proposed_by_id == actor.account_id


allow("publishing.propose", is_community_staff)
allow("publishing.approve", is_director | is_oversight)
allow("publishing.withdraw", is_proposer)


@transaction.atomic
def propose(first: date, last: date, *, share: int, actor: Actor) -> Release:
    """Ask for the numbers of a period that is over, at one of :data:`releasing.SHARES`. Nothing is counted or paid yet.

    Raises :class:`NotAllowed`, :class:`Invalid` (``not_over``, ``too_short``, ``too_long``, ``unknown_precision``,
    ``no_budget``), :class:`Conflict` (``overlaps``, ``one_at_a_time``, ``budget_spent``).
    """
    require(actor, "publishing.propose")
    if actor.account_id is None:
        raise NotAllowed()
    _check_period(first, last)
    if share not in releasing.SHARES:
        raise Invalid(_("没有这种精度。"), code="unknown_precision", field="share")
    price = releasing.price_of(share)
    _affordable(price)
    standing = Release.objects.standing()
    if standing.exclude(state=State.PUBLISHED).exists():
        raise Conflict(_("还有一次公布没有办完，先办完它。"), code="one_at_a_time")
    if standing.filter(first_day__lte=last, last_day__gte=first).exists():
        raise Conflict(
            _("这几天已经公布过了。同一天的数不能公布两次，不然两次一减，就能看出谁。"), code="overlaps", field="first"
        )
    number = (Release.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            release = Release.objects.create(
                number=number,
                first_day=first,
                last_day=last,
                share=share,
                price=price,
                proposed_by_id=actor.account_id,
                proposed_at=clock.now(),
            )
    except IntegrityError:
        raise Conflict(_("还有一次公布没有办完，先办完它。"), code="one_at_a_time") from None
    record("publishing.release_proposed", release, actor=actor, price=price, share=share)
    return release


@transaction.atomic
def approve(release_id: int, *, version: int, actor: Actor) -> Release:
    """Agree to what a colleague proposed; the worker counts it. Raises :class:`NotAllowed` (``same_person``),
    :class:`NotFound`, :class:`Conflict` (``stale``, ``budget_spent``)."""
    require(actor, "publishing.approve")
    release = _locked(release_id, "approve", version, actor)
    _not_the_same(release, actor)
    _affordable(release.price)
    release.decided_by_id, release.decided_at = actor.account_id, clock.now()
    _move(release, "approve")
    record("publishing.release_approved", release, actor=actor, price=release.price)
    from linli.foundation.privacy.publishing.tasks import make_release

    transaction.on_commit(lambda: make_release.enqueue(release.community_id, release.pk))
    return release


@transaction.atomic
def refuse(release_id: int, reason: str, *, version: int, actor: Actor) -> Release:
    """Do not agree, and say why. It ends here: the same release can never be approved afterwards.

    Raises as :func:`approve`, and :class:`Invalid` (``missing``).
    """
    require(actor, "publishing.approve")
    release = _locked(release_id, "refuse", version, actor)
    _not_the_same(release, actor)
    WORKFLOW.transition(release.state, "refuse").require({"reason": reason.strip()})
    release.decided_by_id, release.decided_at, release.reason = actor.account_id, clock.now(), reason.strip()[:200]
    _move(release, "refuse")
    record("publishing.release_refused", release, actor=actor)
    return release


@transaction.atomic
def withdraw(release_id: int, *, version: int, actor: Actor) -> Release:
    """Take one's own proposal back; raises as :func:`approve`."""
    release = _locked(release_id, "withdraw", version, actor)
    require(actor, "publishing.withdraw", release)
    release.decided_at = clock.now()
    _move(release, "withdraw")
    record("publishing.release_withdrawn", release, actor=actor)
    return release


def make(release_id: int) -> None:
    """Count, add noise, pay and publish, all or nothing. Called again after a crash it starts afresh: nothing was shown.

    What cannot be made ends as failed with its reason, and costs nothing.
    """
    release = Release.objects.get(pk=release_id)
    if release.state != State.APPROVED:
        return
    period = Period(release.first_day, release.last_day)
    try:
        answers = releasing.answer_all(period, release.share, lambda percent: _say(release_id, percent))
        tables = releasing.tables(period)
        _publish(release_id, releasing.make_all(answers, release.share), tables)
    except Refusal as refusal:
        _fail(release_id, refusal.code)
    except NotProtected:
        log.exception("release %s has a table that cannot be protected", release_id)
        _fail(release_id, "not_protected")
    except Exception:
        log.exception("release %s could not be made", release_id)
        _fail(release_id, "broken")


@transaction.atomic
def _publish(release_id: int, made: list[releasing.Made], tables: list[dict]) -> None:
    system = Actor.for_system("publishing")
    release = Release.objects.select_for_update().get(pk=release_id)
    if release.state != State.APPROVED:
        return
    if release.price != releasing.price_of(release.share):
        raise Conflict(code="price_changed")
    ledger.pay(OPEN_NUMBERS, release.price, f"release:{release.pk}", actor=system)
    for one in made:
        Figure.objects.create(
            release=release, key=one.key, value=one.value, error=one.error, n=one.n, n_error=one.n_error
        )
    release.tables, release.codebook = tables, releasing.codebook(release.share)
    release.published_at, release.percent = clock.now(), 100
    _move(release, "publish")
    record("publishing.release_published", release, actor=system, price=release.price, figures=len(made))


@transaction.atomic
def _fail(release_id: int, trouble: str) -> None:
    release = Release.objects.select_for_update().get(pk=release_id)
    if release.state != State.APPROVED:
        return
    release.trouble, release.decided_at = trouble[:40], clock.now()
    _move(release, "fail")
    record("publishing.release_failed", release, actor=Actor.for_system("publishing"), trouble=trouble)


def _say(release_id: int, percent: int) -> None:
    Release.objects.filter(pk=release_id, state=State.APPROVED).update(percent=percent)


def _check_period(first: date, last: date) -> None:
    if last >= clock.today():
        raise Invalid(_("这段时间还没有过完。最晚到昨天。"), code="not_over", field="last")
    days = (last - first).days + 1
    if days < FEWEST_DAYS:
        raise Invalid(_("太短了，至少 %(n)d 天。") % {"n": FEWEST_DAYS}, code="too_short", field="first")
    if days > MOST_DAYS:
        raise Invalid(_("太长了，最多一年。"), code="too_long", field="first")


def _affordable(price: int) -> None:
    found = ledger.standing(OPEN_NUMBERS)
    if found is None:
        raise Invalid(_("今年的隐私预算还没有定。"), code="no_budget", field="share")
    if price > found.left:
        raise Conflict(
            _("今年的预算只剩 %(left)s，不够 %(amount)s。") % {"left": spelled(found.left), "amount": spelled(price)},
            code="budget_spent",
            field="share",
        )


def _locked(release_id: int, verb: str, version: int, actor: Actor) -> Release:
    release = Release.objects.visible_to(actor).select_for_update().filter(pk=release_id).first()
    if release is None:
        raise NotFound()
    WORKFLOW.transition(release.state, verb)
    if release.version != version:
        raise Conflict(_("有人刚刚改过，请刷新后再看。"), code="stale")
    return release


def _move(release: Release, verb: str) -> None:
    release.state = WORKFLOW.transition(release.state, verb).target(release.state)
    release.version += 1
    release.save()


def _not_the_same(release: Release, actor: Actor) -> None:
    """Four eyes: another person than the one who proposed. Linli itself has no eyes."""
    if actor.account_id is None or same_person(actor.account_id, release.proposed_by_id):
        raise NotAllowed(_("提议和同意不能是同一个人，请另一位同事来看。"), code="same_person")
