"""How django-allauth meets our accounts: nobody makes an account alone, and secrets are kept encrypted."""

from __future__ import annotations

from functools import cache

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from linli.config.secrets import keep
from linli.foundation.accounts.middleware import MUST_ENROL
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.sign_in import must_enrol, needs_second_factor
from linli.foundation.vault.fields import holds


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Staff register people, and the phone then opens the account; there is no form to sign up."""
        return False

    def login(self, request: HttpRequest, user: Account) -> None:
        super().login(request, user)
        if must_enrol(user):
            request.session[MUST_ENROL] = True

    def add_message(self, *args, **kwargs) -> None:
        """Nothing: the pages say what happened in their own words."""

    def get_phone(self, user: Account) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone(self, user: Account, phone: str, verified: bool) -> None:
        user.phone, user.phone_verified = phone, verified
        user.save(update_fields=["phone", "phone_index", "phone_verified"])

    def set_phone_verified(self, user: Account, phone: str) -> None:
        self.set_phone(user, phone, True)

    def get_user_by_phone(self, phone: str) -> Account | None:
        return Account.objects.filter(holds(Account, phone=phone), is_active=True).first()


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("动态口令不对，请看当前显示的六位数字。"),
        "cannot_delete_authenticator": _("您的岗位必须使用动态口令，不能关闭。"),
    }

    def build_totp_svg(self, url: str) -> str:
        return segno.make(url, micro=False).svg_inline(scale=5, border=2, dark="#1d2a26", light="#ffffff")

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not needs_second_factor(authenticator.user)

    def send_notification_mail(self, *args, **kwargs) -> None:
        """Nothing: accounts have no mail address; staff are told by the director."""


@cache
def _box() -> Fernet:
    return Fernet(keep(settings.LINLI_HOME / "keys" / "second_factor", Fernet.generate_key().decode()))
