"""Passkeys: a key that the phone or computer keeps and that works on this address only, so that no false page can ask
for it (W3C Web Authentication). allauth does the ceremonies; here is what Linli wants of them.
"""

from __future__ import annotations

from allauth.account.views import ReauthenticateView
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as ReauthenticateByCodeView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.queries import phone_is_lost
from linli.foundation.accounts.second_factor import note_second_factor_failed
from linli.foundation.security.models import SecurityEvent
from linli.foundation.security.recording import note

LONGEST_NAME = 40


class NamedPasskeyForm(AddWebAuthnForm):
    """Every passkey also signs in without a password: the device asks for a face, a finger or its own code."""

    name = forms.CharField(required=False, max_length=LONGEST_NAME)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("passwordless", None)

    def clean(self) -> dict:
        cleaned = super().clean()
        credential = cleaned.get("credential")
        if (
            credential
            and not auth.parse_registration_response(
                credential
            ).response.attestation_object.auth_data.is_user_verified()
        ):
            raise get_adapter().validation_error("incorrect_code")
        return cleaned


class NotesFailure(AuthenticateWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except ValidationError:
            note_second_factor_failed(context.request, self.user, method="passkey")
            raise


class SecondPasskeyForm(NotesFailure):
    pass


class SignInPasskeyForm(NotesFailure, LoginWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        found = super().clean_credential()
        if not found.user.is_active or phone_is_lost(found.user):
            note_second_factor_failed(context.request, found.user, method="passkey")
            raise get_adapter().validation_error("incorrect_code")
        return found


class AgainPasskeyForm(NotesFailure, ReauthenticateWebAuthnForm):
    pass


class AddPasskey(AddWebAuthnView):
    template_name = "accounts/passkey_add.html"

    def get_context_data(self, **kwargs) -> dict:
        """The key must stay on the device and ask for its owner (``residentKey``, ``userVerification``)."""
        context_data = super().get_context_data(**kwargs)
        context_data["js_data"] = {"creation_options": auth.begin_registration(self.request.user, True)}
        return context_data


class RemovePasskey(RemoveWebAuthnView):
    template_name = "accounts/passkey_remove.html"

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        """Somebody else's key is not there, before anything is asked."""
        get_object_or_404(self.get_queryset(), pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self):
        if not self.request.user.is_authenticated:
            return Authenticator.objects.none()
        return super().get_queryset()

    def form_valid(self, form) -> HttpResponse:
        """allauth asks whether a one-time password may go, and not about a passkey: the last lock of staff stays."""
        adapter = get_adapter()
        if not adapter.can_delete_authenticator(self.get_object()):
            refused = adapter.error_messages["cannot_delete_authenticator"]
            return self.render_to_response(self.get_context_data(form=form, refused=refused), status=422)
        return super().form_valid(form)


class SignInByPasskey(LoginWebAuthnView):
    def form_invalid(self, form) -> HttpResponse:
        return render(
            self.request,
            "accounts/passkey_failed.html",
            {"words": _("这把通行密钥没有认出来。换一种方式登录，或者请社区主任帮您。")},
            status=422,
        )


class Confirming:
    """Whoever said once more that it is they gets a new session key, and the log keeps it."""

    request: ActorRequest

    def form_valid(self, form) -> HttpResponse:
        response = super().form_valid(form)  # type: ignore[misc]
        self.request.session.cycle_key()
        note(SecurityEvent.Kind.CONFIRMED, request=self.request, account=self.request.user)
        return response


class Again(Confirming, ReauthenticateView):
    template_name = "accounts/again.html"


class AgainByCode(Confirming, ReauthenticateByCodeView):
    template_name = "accounts/again.html"


class AgainByPasskey(Confirming, ReauthenticateWebAuthnView):
    template_name = "accounts/again.html"

    def form_invalid(self, form) -> HttpResponse:
        return redirect(self.request.get_full_path())


class SecondFactor(AuthenticateView):
    template_name = "accounts/second_factor.html"
