"""What signing in leaves behind: the account, its devices, and who may act for whom."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account
from linli.foundation.privacy.door import masked, own
from linli.foundation.privacy.holdings import Held, Row, holds, holds_nothing
from linli.foundation.registry.models import Resident


def account_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    account = Account.objects.filter(resident=resident).first()
    if account is None:
        return
    tokens = account.api_tokens.count()

    def rows() -> Iterator[Row]:
        yield {
            "username": account.username,
            "display_name": account.display_name,
            "phone": own(account, "phone", actor=actor),
            "email": account.email,
            "theme": account.theme,
            "language": account.language,
            "created_at": account.created_at,
            "last_login": account.last_login,
            "tokens": tokens,
        }

    yield Held(
        key="account",
        title=_("您的登录"),
        words=_("您用手机号登录。系统记着您最近一次登录和字的大小。"),
        table="accounts.Account",
        sources=("self", "system"),
        facts=(
            (_("登录手机号"), masked(account, "phone") or _("没有记")),
            (_("开户"), f"{account.created_at:%Y-%m-%d}"),
            (_("最近登录"), f"{account.last_login:%Y-%m-%d}" if account.last_login else _("没有记")),
        ),
        rows=rows,
        labels={
            "username": _("账号"),
            "display_name": _("称呼"),
            "phone": _("登录手机号"),
            "created_at": _("开户"),
            "last_login": _("最近登录"),
            "tokens": _("接口口令数"),
        },
        newest_at=account.last_login,
        icon="log-in",
    )


def proxies_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    """Who may act for the person, ended authorities included."""
    authorities = list(resident.proxies.select_related("proxy").order_by("-starts_at"))
    if not authorities:
        return
    now = clock.now()
    live = sum(one.revoked_at is None and one.starts_at <= now < one.ends_at for one in authorities)

    def rows() -> Iterator[Row]:
        for one in authorities:
            yield {
                "proxy": one.proxy.display_name,
                "scopes": " ".join(one.scopes),
                "starts_at": one.starts_at,
                "ends_at": one.ends_at,
                "revoked_at": one.revoked_at,
                "evidence": one.evidence,
            }

    yield Held(
        key="proxies",
        title=_("谁可以替您办事"),
        words=_("现在有 %(n)d 位可以替您办事。") % {"n": live},
        table="accounts.ProxyAuthority",
        sources=("self", "staff"),
        facts=tuple(
            (one.proxy.display_name, _("到 %(day)s") % {"day": f"{one.ends_at:%Y-%m-%d}"}) for one in authorities
        ),
        rows=rows,
        labels={
            "proxy": _("谁"),
            "scopes": _("可以办什么"),
            "starts_at": _("从"),
            "ends_at": _("到"),
            "revoked_at": _("取消"),
            "evidence": _("凭什么"),
        },
        newest_at=authorities[0].starts_at,
        icon="handshake",
        url="portal:family",
    )


def register() -> None:
    holds("accounts.account", account_of, tables=("accounts.Account", "accounts.ApiToken"), order=70)
    holds("accounts.proxies", proxies_of, tables=("accounts.ProxyAuthority",), order=60)
    holds_nothing(("accounts.Grant",), "a role in the community's work, not something about a resident's life")
    holds_nothing(
        ("account.EmailAddress", "account.EmailConfirmation", "mfa.Authenticator"),
        "of staff: residents sign in by a code to their telephone",
    )
