"""材料、工时、花费: an entry, its counter-entry, and what a unit outside writes by its link."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.act.casework.actions.changing import begin, write_entry
from linli.act.casework.links import read_errand_link
from linli.act.casework.models import WORKFLOW, Case, CaseSpending, Errand
from linli.act.casework.rules.spending import HIGHEST_FEN, MOST_MINUTES, Entry, counter, in_yuan
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.foundation.tenancy import community_scope

LONGEST_NAME = 60
MOST_QUANTITY = Decimal("999999.99")
MOST_OF_AN_ERRAND = 100
UNIT_MAY_WRITE = frozenset({Errand.State.ACCEPTED, Errand.State.ARRIVED, Errand.State.DONE})


def spend(
    case_id: int,
    *,
    kind: str,
    name: str,
    actor: Actor,
    quantity: Decimal | str | None = None,
    unit: str = "",
    cost_fen: int = 0,
    minutes: int = 0,
    version: int | None = None,
) -> Case:
    """记一笔: ``kind`` is material, work or other; ``cost_fen`` in fen. Raises :class:`Invalid` for what has neither
    quantity, money nor minutes (``nothing_spent``) or is out of range."""
    with transaction.atomic():
        change = begin(case_id, "spend", actor=actor, version=version, kind=kind, name=name)
        made = _written(
            change.case, kind=kind, name=name, quantity=quantity, unit=unit, cost_fen=cost_fen, minutes=minutes,
            by_id=actor.account_id,
        )  # fmt: skip
        return change.write(text=in_words(made), public=False, data={"spending_id": made.pk})


def unspend(case_id: int, *, spending_id: int, reason: str, actor: Actor, version: int | None = None) -> Case:
    """冲掉 one entry by its opposite, with the reason; both stay. Raises :class:`Conflict` ``corrected_before``."""
    with transaction.atomic():
        change = begin(case_id, "unspend", actor=actor, version=version, spending_id=spending_id, reason=reason)
        wrong = CaseSpending.objects.filter(case=change.case, corrects=None, pk=spending_id).first()
        if not reason.strip():
            raise Invalid(_("请写一句为什么。"), code="missing", field="reason")
        if wrong is None:
            raise NotFound(_("没有这一笔。"), code="spending_unknown", field="spending_id")
        if CaseSpending.objects.filter(corrects=wrong).exists():
            raise Conflict(_("这一笔已经冲掉了。"), code="corrected_before", field="spending_id")
        back = counter(Entry(wrong.kind, wrong.cost_fen, wrong.minutes, wrong.quantity))
        CaseSpending.objects.create(
            case=change.case, errand_id=wrong.errand_id, kind=wrong.kind, name=wrong.name, quantity=back.quantity,
            unit=wrong.unit, cost_fen=back.cost_fen, minutes=back.minutes, corrects=wrong,
            reason=reason.strip()[:200], by_id=actor.account_id, at=change.now,
        )  # fmt: skip
        return change.write(text=f"{in_words(wrong)}（{reason.strip()}）", public=False, data={"spending_id": wrong.pk})


def spend_by_link(token: str, *, client_key: str = "", **given: Any) -> CaseSpending:
    """What a unit used for its errand, by its link; the same ``client_key`` is one entry. Takes what :func:`spend`
    takes. Raises :class:`NotFound` ``link_expired``, :class:`Conflict` ``errand_not_taken`` and ``entries_too_many``."""
    link = read_errand_link(token)
    with community_scope(link.community_id), transaction.atomic():
        found = Errand.objects.filter(pk=link.errand_id, nonce=link.nonce, expires_at__gt=clock.real_now())
        errand = found.exclude(nonce="").select_related("unit").select_for_update(of=("self",)).first()
        if errand is None:
            raise NotFound(_("这个链接已经不能用了。"), code="link_expired")
        if client_key and (known := errand.spendings.filter(client_key=client_key[:64]).first()) is not None:
            return known
        if errand.state not in UNIT_MAY_WRITE:
            raise Conflict(_("先点“我们接”，再记用了什么。"), code="errand_not_taken")
        if errand.spendings.count() >= MOST_OF_AN_ERRAND:
            raise Conflict(_("记得太多了，请打电话给社区。"), code="entries_too_many")
        case = Case.objects.select_for_update(of=("self",)).get(pk=errand.case_id)
        WORKFLOW.transition(case.state, "spend")
        made = _written(case, errand=errand, client_key=client_key[:64], **given)
        case.version += 1
        case.save()
        write_entry(
            case, "spend", Actor.for_system("errand link", link.community_id), clock.now(), case.state,
            text=in_words(made), public=False, data={"unit": errand.unit.name, "spending_id": made.pk},
        )  # fmt: skip
    return made


def in_words(one: CaseSpending) -> str:
    """``灯座 2 个，24.00 元，30 分钟``."""
    parts = [one.name]
    if one.quantity is not None:
        parts[0] = f"{one.name} {one.quantity.normalize():f} {one.unit}".strip()
    if one.cost_fen:
        parts.append(_("%(yuan)s 元") % {"yuan": in_yuan(one.cost_fen)})
    if one.minutes:
        parts.append(_("%(n)d 分钟") % {"n": one.minutes})
    return _("，").join(parts)


def _written(
    case: Case,
    *,
    kind: str,
    name: str,
    quantity: Decimal | str | None = None,
    unit: str = "",
    cost_fen: int = 0,
    minutes: int = 0,
    errand: Errand | None = None,
    by_id: int | None = None,
    client_key: str = "",
) -> CaseSpending:
    if kind not in CaseSpending.Kind.values:
        raise Invalid(_("请选是材料、工时还是别的。"), code="choice_unknown", field="kind")
    name = name.strip()
    if not name:
        raise Invalid(_("请写用了什么、做了什么。"), code="missing", field="name")
    if len(name) > LONGEST_NAME:
        raise Invalid(_("最多写 %(max)d 个字。") % {"max": LONGEST_NAME}, code="text_too_long", field="name")
    amount = _amount(quantity)
    if not 0 <= cost_fen <= HIGHEST_FEN:
        raise Invalid(_("钱数要在 0 到一百万元之间。"), code="cost_out_of_range", field="cost_fen")
    if not 0 <= minutes <= MOST_MINUTES:
        raise Invalid(_("工时要在 0 到 %(max)d 分钟之间。") % {"max": MOST_MINUTES}, code="minutes_out_of_range", field="minutes")  # fmt: skip
    if amount is None and not cost_fen and not minutes:
        raise Invalid(_("数量、钱、时间，至少写一样。"), code="nothing_spent", field="quantity")
    return CaseSpending.objects.create(
        case=case, errand=errand, kind=kind, name=name, quantity=amount, unit=unit.strip()[:12], cost_fen=cost_fen,
        minutes=minutes, by_id=by_id, client_key=client_key, at=clock.now(),
    )  # fmt: skip


def _amount(quantity: Decimal | str | None) -> Decimal | None:
    if quantity in (None, ""):
        return None
    try:
        amount = Decimal(str(quantity))
        fits = 0 < amount <= MOST_QUANTITY and amount == amount.quantize(Decimal("0.01"))
    except InvalidOperation:
        fits = False
    if not fits:
        raise Invalid(_("数量要大于 0，最多两位小数。"), code="quantity_out_of_range", field="quantity")
    return amount
