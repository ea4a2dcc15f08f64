"""Partners and runs: what people decide about counting together. What the machines then do stands in ``carrying.py``."""

from __future__ import annotations

import ipaddress
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import require
from linli.foundation.accounts.persons import same_person
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.lifecycle.state_table import Transition
from linli.foundation.privacy.joint.exchange.secured import parts
from linli.foundation.privacy.joint.invitation import new_run
from linli.foundation.privacy.joint.journal import note, own_keys
from linli.foundation.privacy.joint.keys import BadCard, Card
from linli.foundation.privacy.joint.members import members, members_before
from linli.foundation.privacy.joint.models import WORKFLOW, JointPartner, JointRun, People, State
from linli.foundation.privacy.joint.permissions import may_do
from linli.foundation.privacy.joint.rules.limits import Spent, TooOften, check_change, check_often
from linli.foundation.privacy.joint.rules.terms import EPSILON, FEWEST_ON_A_LIST, Terms
from linli.foundation.security.outgoing import may_be_private, may_reach

APPROVAL_LIVES = timedelta(days=14)
"""An approved run that the partner has not answered by then is over."""


@transaction.atomic
def add_partner(card_text: str, address: str, *, actor: Actor) -> JointPartner:
    """Keep the card that a partner handed over; a second person confirms it. Raises :class:`Invalid`, :class:`Conflict`."""
    require(actor, "joint.add_partner")
    try:
        card = Card.from_text(card_text)
    except BadCard as error:
        raise Invalid(_("这不是对方的名片文件。请对方重新导出一份。"), code="not_a_card", field="card") from error
    try:
        if address:
            _check_address(parts(address)[0])
    except ValueError as error:
        raise Invalid(
            _("地址写成“主机:端口”，比如 station.example:8443。"), code="bad_address", field="address"
        ) from error
    if card.fingerprint == own_keys().card.fingerprint:
        raise Invalid(_("这是我们自己的名片。"), code="own_card", field="card")
    if JointPartner.objects.filter(fingerprint=card.fingerprint, ended_at__isnull=True).exists():
        raise Conflict(_("这个对方已经登记过了。"), code="partner_known")
    partner = JointPartner.objects.create(
        name=card.name,
        card=card.as_text(),
        fingerprint=card.fingerprint,
        address=address,
        added_by_id=actor.account_id,
        added_at=clock.now(),
    )
    note("", "partner", {"fingerprint": card.fingerprint, "by": actor.label})
    record("joint.partner_added", partner, actor=actor, fingerprint=card.fingerprint)
    return partner


@transaction.atomic
def confirm_partner(partner_id: int, *, actor: Actor) -> JointPartner:
    """The fingerprint was read out over the telephone and is the same; by somebody else than who added the card."""
    partner = _partner(partner_id, actor)
    if not actor.system and same_person(actor.account_id, partner.added_by_id):
        raise NotAllowed(_("登记的人不能自己核对，请另一位负责人来。"), code="same_person")
    require(actor, "joint.confirm_partner", partner)
    if partner.confirmed_at is None:
        partner.confirmed_at, partner.confirmed_by_id = clock.now(), actor.account_id
        partner.save(update_fields=["confirmed_at", "confirmed_by"])
        note("", "confirmed", {"fingerprint": partner.fingerprint, "by": actor.label})
        record("joint.partner_confirmed", partner, actor=actor)
    return partner


@transaction.atomic
def end_partner(partner_id: int, *, actor: Actor) -> JointPartner:
    """No more runs with this partner; those under way that have not begun are withdrawn."""
    partner = _partner(partner_id, actor)
    require(actor, "joint.end_partner", partner)
    now = clock.now()
    partner.ended_at = now
    partner.save(update_fields=["ended_at"])
    for run in JointRun.objects.select_for_update().filter(partner=partner, state__in=(State.PROPOSED, State.APPROVED)):
        move(run, WORKFLOW.transition(run.state, "withdraw"), ended_at=now)
        note(run.run, "withdrawn", {"by": actor.label})
    record("joint.partner_ended", partner, actor=actor)
    return partner


@transaction.atomic
def propose(partner_id: int, question: str, people: str, *, banded: bool = False, actor: Actor) -> JointRun:
    """Put a question to both lists; a second person approves it.

    Raises :class:`Invalid` (``list_size`` for fewer than a hundred people, ``no_question``), :class:`Conflict` for a
    partner not confirmed yet and for a limit that is reached, :class:`NotAllowed`, :class:`NotFound`.
    """
    require(actor, "joint.propose")
    partner = _partner(partner_id, actor)
    if partner.confirmed_at is None:
        raise Conflict(_("先由第二个人核对对方的指纹。"), code="not_confirmed")
    question = question.strip()
    if not 1 <= len(question) <= 200:
        raise Invalid(_("写一句要数什么，最多 200 字。"), code="no_question", field="question")
    if people not in People.values:
        raise Invalid(_("没有这一项。"), code="no_such_people", field="people")
    today = clock.today()
    run = JointRun(
        run=new_run(),
        partner=partner,
        question=question,
        people=people,
        banded=banded,
        on=today,
        epsilon=EPSILON,
        proposed_by_id=actor.account_id,
        proposed_at=clock.now(),
    )
    check_run(run)
    run.save()
    note(run.run, "proposed", {"terms": terms_of(run).digest, "by": actor.label})
    record("joint.proposed", run, actor=actor, people=people, banded=banded)
    return run


@transaction.atomic
def approve(run_id: int, *, version: int | None = None, actor: Actor) -> JointRun:
    """The second person's yes; the count begins when the partner is there. Raises as :func:`propose` does."""
    run = locked(run_id, actor, version)
    transition = step(run, "approve", actor)
    check_run(run)
    move(run, transition, approved_by_id=actor.account_id, approved_at=clock.now())
    note(run.run, "approved", {"by": actor.label})
    record("joint.approved", run, actor=actor)
    if run.partner.address:
        from linli.foundation.privacy.joint.tasks import call_partner

        transaction.on_commit(lambda: call_partner.enqueue(run.community_id, run.pk))
    return run


@transaction.atomic
def refuse(run_id: int, reason: str, *, version: int | None = None, actor: Actor) -> JointRun:
    run = locked(run_id, actor, version)
    transition = step(run, "refuse", actor, reason=reason.strip())
    move(run, transition, reason=reason.strip()[:200], ended_at=clock.now())
    note(run.run, "refused", {"by": actor.label})
    record("joint.refused", run, actor=actor)
    return run


@transaction.atomic
def withdraw(run_id: int, *, version: int | None = None, actor: Actor) -> JointRun:
    """No longer wanted, as long as it has not begun."""
    run = locked(run_id, actor, version)
    transition = step(run, "withdraw", actor)
    move(run, transition, ended_at=clock.now())
    note(run.run, "withdrawn", {"by": actor.label})
    record("joint.withdrawn", run, actor=actor)
    return run


def _check_address(host: str) -> None:
    """A written-out address must be one that may be called; a name is judged each time it is called."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return
    if not may_reach(address, private=may_be_private(host)):
        raise Invalid(
            _("这个地址在自己的网络里，不能从这里连。要连，请维护人员把它写进 LINLI_PRIVATE_HOSTS。"),
            code="address_not_allowed",
            field="address",
        )


def terms_of(run: JointRun) -> Terms:
    """What the partner agrees to: nothing about our people but the question in words."""
    return Terms(
        run.run,
        run.question,
        own_keys().card.fingerprint,
        run.partner.fingerprint,
        run.banded,
        run.on.isoformat(),
        run.epsilon,
    )


def check_run(run: JointRun) -> None:
    """The list and the limits as they are now. Raises :class:`Invalid`, :class:`Conflict`."""
    terms_of(run).check()
    listed = frozenset(members(run.people, run.on, banded=run.banded).values_list("pk", flat=True))
    if len(listed) < FEWEST_ON_A_LIST:
        raise Invalid(
            _("名单上只有 %(n)d 个人，至少要 %(least)d 个，不然会认出人来。")
            % {"n": len(listed), "least": FEWEST_ON_A_LIST},
            code="list_size",
            field="people",
        )
    try:
        check_often(spent_with(run), run.epsilon, clock.now())
        check_change(listed, members_before(run))
    except TooOften as reached:
        raise Conflict(LIMITS[reached.code], code=reached.code) from reached


def spent_with(run: JointRun) -> list[Spent]:
    """Every run with this partner that may have told something."""
    earlier = JointRun.objects.filter(partner__fingerprint=run.partner.fingerprint).exclude(pk=run.pk)
    return [Spent(at, epsilon) for at, epsilon in earlier.values_list("spent_at", "epsilon") if at is not None]


def locked(run_id: int, actor: Actor, version: int | None = None) -> JointRun:
    """The run, held until the transaction ends. Raises :class:`NotFound`, :class:`Conflict` when it changed since."""
    if actor.community_id is None and not actor.system:
        raise NotFound
    seen = JointRun.objects.visible_to(actor).filter(pk=run_id).values("pk")
    found = JointRun.objects.select_for_update(of=("self",)).select_related("partner").filter(pk__in=seen).first()
    if found is None:
        raise NotFound
    if version is not None and version != found.version:
        raise Conflict(_("刚刚有人改过，请看一遍再做。"), code="stale")
    return found


def step(run: JointRun, verb: str, actor: Actor, **given: object) -> Transition:
    """The declared transition; raises what the state table raises, and :class:`NotAllowed`."""
    transition = WORKFLOW.transition(run.state, verb)
    if not may_do(actor, frozenset(transition.who), run):
        raise NotAllowed(
            _("提出的人不能自己同意，请另一位负责人来。")
            if same_person(actor.account_id, run.proposed_by_id)
            else NotAllowed().message
        )
    transition.require(given)
    return transition


def move(run: JointRun, transition: Transition, **changes: object) -> None:
    run.state = transition.target(run.state)
    run.version += 1
    for name, value in changes.items():
        setattr(run, name, value)
    run.save()


def _partner(partner_id: int, actor: Actor) -> JointPartner:
    if actor.community_id is None and not actor.system:
        raise NotFound
    found = JointPartner.objects.visible_to(actor).filter(pk=partner_id, ended_at__isnull=True).first()
    if found is None:
        raise NotFound
    return found


class _Limits(dict):
    """Words for each limit, in the reader's language when they are asked for."""

    def __missing__(self, code: str) -> str:
        return {
            "runs_a_quarter": _("和这个对方 90 天里已经数过两次。数得太勤，会慢慢认出人来。"),
            "epsilon_a_year": _("和这个对方今年的次数用完了。"),
            "small_change": _("这份名单和上次只差几个人。两次的差会说出那几个人的事，请过些时候再数。"),
        }[code]


LIMITS = _Limits()
