"""The second factor as typed on the page."""

from __future__ import annotations

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from linli.foundation.accounts.models import Account
from linli.foundation.accounts.sign_in import first_use
from linli.foundation.security.models import SecurityEvent
from linli.foundation.security.recording import note


class OnceOnly(BaseAuthenticateForm):
    """A one-time password works once, for as long as it is valid."""

    def clean_code(self) -> str:
        try:
            code = super().clean_code()
            if not first_use(self.user, code):
                raise get_adapter().validation_error("incorrect_code")
        except ValidationError:
            note_second_factor_failed(context.request, self.user, method="second_factor")
            raise
        return code


class CodeForm(OnceOnly, AuthenticateForm):
    pass


class CodeAgainForm(OnceOnly, ReauthenticateForm):
    pass


def note_second_factor_failed(request: HttpRequest, account: Account | None, *, method: str) -> None:
    note(SecurityEvent.Kind.SIGN_IN_FAILED, request=request, account=account, succeeded=False, method=method)


def _added(sender, request: HttpRequest, user: Account, authenticator: Authenticator, **kwargs) -> None:
    note(SecurityEvent.Kind.FACTOR_ADDED, request=request, account=user, type=authenticator.type)


def _removed(sender, request: HttpRequest, user: Account, authenticator: Authenticator, **kwargs) -> None:
    note(SecurityEvent.Kind.FACTOR_REMOVED, request=request, account=user, type=authenticator.type)


def notes_second_factors() -> None:
    """Whatever is added to or taken from the ways of signing in stands in the log."""
    for signal, react in (
        (authenticator_added, _added), (authenticator_reset, _added), (authenticator_removed, _removed),
    ):  # fmt: skip
        signal.connect(react, dispatch_uid="linli.accounts.second_factor")
