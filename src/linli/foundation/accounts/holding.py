"""What signing in leaves behind: the account, its devices, and who may act for whom."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.devices import in_words
from linli.foundation.accounts.models import Account
from linli.foundation.privacy.door import masked, own
from linli.foundation.privacy.holdings import Held, Row, day_of, holds, holds_nothing
from linli.foundation.registry.models import Resident


def account_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    account = Account.objects.filter(resident=resident).first()
    if account is None:
        return
    tokens = account.api_tokens.count()
    places = list(account.browser_sessions.order_by("-last_used_at"))

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
            "places": "; ".join(f"{in_words(one.device)} {one.network} {day_of(one.last_used_at)}" for one in places),
        }

    yield Held(
        key="account",
        title=_("您的登录"),
        words=_("您用手机号登录。系统记着您最近一次登录和字的大小。"),
        table="accounts.Account",
        sources=("self", "system"),
        facts=(
            (_("登录手机号"), masked(account, "phone") or _("没有记")),
            (_("开户"), day_of(account.created_at)),
            (_("最近登录"), day_of(account.last_login) if account.last_login else _("没有记")),
            (_("现在登录着"), _("%(n)d 处") % {"n": len(places)}),
        ),
        rows=rows,
        labels={
            "username": _("账号"),
            "display_name": _("称呼"),
            "phone": _("登录手机号"),
            "created_at": _("开户"),
            "last_login": _("最近登录"),
            "tokens": _("接口口令数"),
            "places": _("现在登录着"),
        },
        newest_at=account.last_login,
        icon="log-in",
    )


def lost_phones_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    """When somebody said that the person's telephone was gone."""
    found = list(resident.lost_phones.select_related("told_by").order_by("-told_at"))
    if not found:
        return

    def rows() -> Iterator[Row]:
        for one in found:
            yield {
                "told_at": one.told_at,
                "evidence": one.evidence,
                "lifted_at": one.lifted_at,
                "lifted_evidence": one.lifted_evidence,
            }

    yield Held(
        key="lost_phones",
        title=_("报过手机丢了"),
        words=_("报过 %(n)d 次。丢着的时候，谁也登录不了。") % {"n": len(found)},
        table="accounts.LostPhone",
        sources=("self", "staff"),
        facts=tuple((_("报的日子"), day_of(one.told_at)) for one in found),
        rows=rows,
        labels={
            "told_at": _("什么时候报的"),
            "evidence": _("怎么核对的"),
            "lifted_at": _("什么时候恢复的"),
            "lifted_evidence": _("恢复时怎么核对的"),
        },
        newest_at=found[0].told_at,
        icon="smartphone",
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
        facts=tuple((one.proxy.display_name, _("到 %(day)s") % {"day": day_of(one.ends_at)}) for one in authorities),
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
    tables = ("accounts.Account", "accounts.ApiToken", "accounts.BrowserSession")
    holds("accounts.account", account_of, tables=tables, order=70)
    holds("accounts.lost_phones", lost_phones_of, tables=("accounts.LostPhone",), order=71)
    holds("accounts.proxies", proxies_of, tables=("accounts.ProxyAuthority",), order=60)
    holds_nothing(("accounts.Grant",), "a role in the community's work, not something about a resident's life")
    holds_nothing(
        ("account.EmailAddress", "account.EmailConfirmation", "mfa.Authenticator"),
        "of staff: residents sign in by a code to their telephone",
    )
