from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.roles import Role
from linli.foundation.vault.fields import BlindIndexField, SealedField


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, username: str, password: str | None = None, **fields) -> Account:
        account = self.model(username=username, **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_superuser(self, username: str, password: str | None = None, **fields) -> Account:
        return self.create_user(username, password, is_superuser=True, **fields)


class Account(AbstractBaseUser, PermissionsMixin):
    """A sign-in. Residents sign in by a one-time code to their phone, staff by password and TOTP.

    An account belongs to at most one community; a street office account sees several and has none of its own.
    """

    username = models.CharField(_("账号"), max_length=64, unique=True)
    phone = SealedField(_("手机号"), protects="phone", null=True, blank=True)
    phone_index = BlindIndexField(of="phone", unique=True, null=True)
    phone_verified = models.BooleanField(default=False)
    email = models.EmailField(_("邮箱"), blank=True)
    display_name = models.CharField(_("称呼"), max_length=64)
    community = models.ForeignKey(
        "registry.Community", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    resident = models.OneToOneField(
        "registry.Resident", null=True, blank=True, on_delete=models.SET_NULL, related_name="account"
    )
    theme = models.CharField(
        max_length=10,
        default="auto",
        choices=[("auto", _("按年龄")), ("standard", _("标准版")), ("elder", _("长辈版"))],
    )
    language = models.CharField(max_length=10, default="zh-hans")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AccountManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["display_name"]

    @property
    def is_staff(self) -> bool:
        """Django's word for "may open the admin site", which Linli does not ship."""
        return self.is_superuser

    def __str__(self) -> str:
        return self.display_name


class Grant(models.Model):
    """A role held by an account at a scope, until a date: default 12 months (``domain.md`` §1)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=24, choices=Role.choices)
    community = models.ForeignKey("registry.Community", on_delete=models.PROTECT, related_name="+")
    grid = models.ForeignKey("registry.Grid", null=True, blank=True, on_delete=models.PROTECT, related_name="grants")
    building = models.ForeignKey(
        "registry.Building", null=True, blank=True, on_delete=models.PROTECT, related_name="grants"
    )
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    granted_by = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("starts_at")), name="grant_has_a_term"),
            models.CheckConstraint(
                condition=~Q(role__in=["grid_lead", "grid_worker"]) | Q(grid__isnull=False),
                name="grid_role_names_its_grid",
            ),
            models.CheckConstraint(
                condition=~Q(role="building_lead") | Q(building__isnull=False),
                name="building_role_names_its_building",
            ),
        ]


class ProxyAuthority(models.Model):
    """亲情代办: a principal lets somebody act for them, for stated matters and at most 12 months (``domain.md`` §11)."""

    principal = models.ForeignKey("registry.Resident", on_delete=models.CASCADE, related_name="proxies")
    proxy = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="authorities")
    scopes = models.JSONField(default=list, help_text='subset of ["requests", "booking", "care"]')
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    evidence = models.CharField(max_length=200, help_text="how the authority was given: paper, phone call record")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "proxy authorities"
        constraints = [
            models.UniqueConstraint(
                fields=["principal", "proxy"],
                condition=Q(revoked_at__isnull=True),
                name="one_live_authority_a_pair",
            ),
        ]


class ApiToken(models.Model):
    """A bearer token for the API: only its SHA-256 is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="api_tokens")
    digest = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)


class SignInCode(models.Model):
    """The last one-time code of a phone number and how often it was missed: neither number nor code is readable."""

    phone_digest = models.CharField(max_length=64, unique=True)
    code_digest = models.CharField(max_length=64, help_text="empty once used")
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
