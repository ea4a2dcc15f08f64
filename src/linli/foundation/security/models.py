from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import OVERSIGHT


class SecurityEventQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor):
        """Oversight reads its own community's; whoever runs the community does not watch over itself."""
        if actor.system:
            return self
        if not actor.has(*OVERSIGHT) or actor.community_id is None:
            return self.none()
        return self.filter(community_id=actor.community_id)


class SecurityEvent(models.Model):
    """安全日志: who came in or tried to, and what was changed about who may do what.

    Not a tenant's row: who types a name that nobody has belongs to no community. Rows are written and, when their
    term is over (``rules.toml``), deleted; nothing changes one. ``at`` is the machine's time.
    """

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", _("登录")
        SIGN_IN_FAILED = "sign_in_failed", _("登录没成功")
        LOCKED_OUT = "locked_out", _("试错太多，锁住了")
        UNLOCKED = "unlocked", _("解锁")
        CONFIRMED = "confirmed", _("再确认一次是本人")
        SIGNED_OUT = "signed_out", _("退出")
        SESSION_ENDED = "session_ended", _("从别处被退出")
        TIMED_OUT = "timed_out", _("太久没用，自动退出")
        TOKEN_ISSUED = "token_issued", _("发接口口令")
        FACTOR_ADDED = "factor_added", _("加了登录方式")
        FACTOR_REMOVED = "factor_removed", _("去掉登录方式")
        PASSWORD_RESET = "password_reset", _("换了密码")
        ACCOUNT_OPENED = "account_opened", _("开账号")
        ROLE_GRANTED = "role_granted", _("授权")
        GRANT_ENDED = "grant_ended", _("收回授权")
        PROXY_AUTHORISED = "proxy_authorised", _("可以替人办事")
        PROXY_ENDED = "proxy_ended", _("不再替人办事")
        PHONE_LOST = "phone_lost", _("报手机丢了")
        PHONE_FOUND = "phone_found", _("手机找回或换号")
        EXPORT_ASKED = "export_asked", _("申请导出")
        EXPORT_APPROVED = "export_approved", _("同意导出")
        EXPORT_REFUSED = "export_refused", _("不同意导出")
        EXPORT_FETCHED = "export_fetched", _("取走导出的文件")
        EXPORTED = "exported", _("导出表格")
        NOT_ALLOWED = "not_allowed", _("没有权限还在试")
        LOG_SEALED = "log_sealed", _("日志封存")

    at = models.DateTimeField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    succeeded = models.BooleanField(default=True)
    community = models.ForeignKey(
        "registry.Community", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    account = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="who did it"
    )
    about = models.CharField(max_length=64, blank=True, help_text="whom or what it concerns: account:5, export:12")
    address = models.GenericIPAddressField(null=True, blank=True)
    device = models.CharField(max_length=40, blank=True, help_text="kind of browser, never the whole user agent")
    facts = models.JSONField(default=dict, help_text="identifiers and codes; never a name, a number or a secret")
    event = models.OneToOneField(
        "events.Event", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="the domain event that it repeats",
    )  # fmt: skip

    objects = models.Manager.from_queryset(SecurityEventQuerySet)()

    class Meta:
        indexes = [
            models.Index(fields=["community", "-at"]),
            models.Index(fields=["account", "-at"]),
            models.Index(fields=["at"]),
        ]


class LogSeal(models.Model):
    """What the log of one day held, as one digest that also stands in the audit log: a changed row shows."""

    day = models.DateField(unique=True, help_text="in UTC")
    rows = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 over the rows, hex")
    sealed_at = models.DateTimeField()
