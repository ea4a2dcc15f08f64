"""How long sign-ins, roles and authorities stay, and how a person's sign-in goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts import limits
from linli.foundation.accounts.models import (
    Account,
    BrowserSession,
    Grant,
    LostPhone,
    ProxyAuthority,
)
from linli.foundation.accounts.roles import Role
from linli.foundation.accounts.sessions import ended_sessions, ended_tokens
from linli.foundation.accounts.sign_in import ended_codes, forget_code, phone_digest
from linli.foundation.events.recording import record
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.person import Kept, Leaving, erases, keeps, spares, take_row
from linli.foundation.registry.models import Resident

NO_WORK = (Role.RESIDENT, Role.FAMILY_PROXY)
CAPACITIES = ("监护人", "代办人")
"""As ``proxy_reading`` writes them before the name."""


def what_work_keeps(resident: Resident, about: str) -> Iterator[Kept]:
    account = Account.objects.filter(resident=resident).first()
    if account is None:
        return
    if account.grants.filter(expires_at__gt=clock.now()).exclude(role__in=NO_WORK).exists():
        yield Kept("works_here", _("还在社区有岗位，请先结束岗位"))
    staff_reads = AccessRecord.objects.filter(account=account).exclude(purpose="acting_for")
    if staff_reads.exists():
        yield Kept("looked_at_others", _("在岗时看过别人的信息，这些记录要留 36 个月"))


def forget_person(leaving: Leaving) -> None:
    """Sessions, codes, limits and tokens; what others read of them as proxy keeps the capacity without the name."""
    for phone in leaving.phones:
        leaving.went("accounts.SignInCode", forget_code(phone))
        leaving.went("cache", limits.forget(phone_digest(phone)))
    account = leaving.account
    if account is None:
        return
    leaving.went("accounts.BrowserSession", BrowserSession.objects.filter(account=account).delete()[0])
    for authority in ProxyAuthority.objects.filter(proxy=account, revoked_at__isnull=True).select_related("principal"):
        record("accounts.proxy_ended", authority.principal, actor=leaving.actor, proxy=account.pk, reason="erased")
    readings = AccessRecord.objects.filter(account=account)
    for word in CAPACITIES:
        leaving.went("privacy.AccessRecord#reader", readings.filter(reader__startswith=word).update(reader=word))
    take_row(leaving, account)
    leaving.account = None


def _without_work(before: datetime) -> QuerySet[Account]:
    """Of nobody in the register, whose last role and authority ended before, and who was not here since."""
    since = Grant.objects.filter(account=OuterRef("pk"), expires_at__gte=before)
    lives = Q(revoked_at__isnull=True, ends_at__gte=before) | Q(revoked_at__gte=before)
    acts = ProxyAuthority.objects.filter(lives, proxy=OuterRef("pk"))
    seen = Q(last_login__gte=before) | Q(created_at__gte=before)
    return (
        Account.objects.filter(resident__isnull=True, is_superuser=False)
        .exclude(seen)
        .exclude(Exists(since))
        .exclude(Exists(acts))
    )


def register() -> None:
    expires("accounts.Account", _without_work, moment="created_at", resident="", everywhere=True)
    expires(
        "accounts.Grant", lambda before: Grant.objects.filter(expires_at__lt=before), moment="expires_at", resident="",
        everywhere=True,
    )  # fmt: skip
    expires(
        "accounts.ProxyAuthority",
        lambda before: ProxyAuthority.objects.filter(Q(ends_at__lt=before) | Q(revoked_at__lt=before)),
        moment="ends_at",
    )
    expires("accounts.ApiToken", ended_tokens, moment="expires_at", resident="")
    expires("accounts.SignInCode", ended_codes, moment="expires_at")
    expires("accounts.BrowserSession", ended_sessions, moment="expire_date", resident="")
    expires(
        "accounts.LostPhone",
        lambda before: LostPhone.objects.filter(lifted_at__lt=before),
        moment="lifted_at",
    )
    keeps("accounts.work", what_work_keeps)
    erases("accounts.account", forget_person, tables=("accounts.Account", "accounts.SignInCode"), order=97)
    spares(("accounts.Grant",), "a role in the community's work; whoever still holds one is not erased")
