"""Telling the data-protection lead what will be erased, before it is."""

from __future__ import annotations

from django.db.models import Sum
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation.accounts.models import Account
from linli.foundation.accounts.roles import Role
from linli.foundation.notices.actions import send
from linli.foundation.privacy.reaching import mobile_of
from linli.foundation.privacy.retention.models import Plan
from linli.foundation.privacy.rights.queries import holders


def tell_plan(plan: Plan) -> None:
    """By SMS: how much, when, and where to read and stop it; the director where there is no lead."""
    rows = plan.lines.filter(held=False).aggregate(n=Sum("count"))["n"]
    if not rows:
        return
    leads = list(holders(Role.DPO)) or list(holders(Role.COMMUNITY_DIRECTOR))
    for account in leads:
        with translation.override(account.language):
            text = _("【邻里】%(day)s 凌晨要按期限删掉 %(n)d 条信息。要看或者要停，请打开“信息保护”里的“删除”。") % {
                "day": f"{plan.due_on:%m-%d}",
                "n": rows,
            }
            _send(account, text, plan)


def _send(account: Account, text: str, plan: Plan) -> None:
    to = mobile_of(account, "staff_notice", about=f"account:{account.pk}")
    if to is None:
        return
    key = f"retention:{plan.pk}:account:{account.pk}"
    send(to, text, key=key, about=f"plan:{plan.pk}", community=plan.community_id)
