"""Signing in and out, and how the pages look for somebody."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from linli.foundation.accounts import actions, sign_in
from linli.foundation.accounts.adapter import SecondFactorAdapter
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.middleware import TIMED_OUT
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.passwords import change_password
from linli.foundation.accounts.phones import mobile
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.registry.models import Community

PHONE = "sign_in_phone"
NEXT = "sign_in_next"
YEAR = 365 * 24 * 3600
BETWEEN_STEPS = 20 * 60
"""Seconds: a code lives five minutes, a lock fifteen."""


class PhoneForm(forms.Form):
    phone = forms.CharField(
        label=_("手机号"),
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel-national", "inputmode": "numeric"}),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("短信里的六位数字"),
        max_length=6,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class PasswordForm(forms.Form):
    username = forms.CharField(
        label=_("账号"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class NewPasswordForm(forms.Form):
    current = forms.CharField(
        label=_("现在的密码"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=_("新密码"),
        max_length=256,
        strip=False,
        help_text=_("至少 10 个字，越长越好，比如连着的四个词。可以用空格和汉字。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def safe_next(request: ActorRequest, given: str | None) -> str:
    """An address on this site, or the front page: never somebody else's (open redirect)."""
    if given and url_has_allowed_host_and_scheme(given, {request.get_host()}, require_https=request.is_secure()):
        return given
    return reverse("home")


def communities() -> list[Community]:
    """Whose telephone numbers stand on the page of somebody who cannot sign in."""
    return list(Community.objects.order_by("name")[:30])


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_by_phone(request: ActorRequest) -> HttpResponse:
    """First step: the number. The next page is the same whether or not it is registered."""
    if request.user.is_authenticated:
        return redirect(safe_next(request, request.GET.get("next")))
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sign_in.send_code(request, form.cleaned_data["phone"])
        except Refusal as refusal:
            form.add_error("phone", str(refusal))
        else:
            _keep_number(request, mobile(form.cleaned_data["phone"]))
            request.session[NEXT] = safe_next(request, request.POST.get("next"))
            return redirect("enter_code")
    return _page(request, "accounts/sign_in.html", form, next=request.POST.get("next") or request.GET.get("next", ""))


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def enter_code(request: ActorRequest) -> HttpResponse:
    """Second step: the code, sent again on request."""
    phone = _kept_number(request)
    if not phone:
        return redirect("sign_in")
    form = CodeForm(request.POST if "code" in request.POST else None)
    sent_again = False
    try:
        if "again" in request.POST:
            sign_in.send_code(request, phone)
            sent_again = True
        elif form.is_valid():
            return _enter(request, sign_in.with_code(request, phone, form.cleaned_data["code"]), "code")
    except Refusal as refusal:
        if not form.is_bound:
            form = CodeForm({"code": ""})
            form.full_clean()
            form.errors.clear()
        form.add_error("code", str(refusal))
    return _page(
        request,
        "accounts/enter_code.html",
        form,
        phone=phone,
        sent_again=sent_again,
        communities=communities(),
    )


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in_by_password(request: ActorRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(safe_next(request, request.GET.get("next")))
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        request.session[NEXT] = safe_next(request, request.POST.get("next"))
        try:
            account = sign_in.with_password(request, form.cleaned_data["username"], form.cleaned_data["password"])
        except Refusal as refusal:
            form.add_error("password", str(refusal))
        else:
            return _enter(request, account, "password")
    return _page(
        request,
        "accounts/sign_in_staff.html",
        form,
        next=request.POST.get("next") or request.GET.get("next", ""),
    )


def _enter(request: ActorRequest, account: Account, method: str) -> HttpResponse:
    """Hand over to allauth, which asks for the second factor where there is one.

    A password typed a moment ago also counts for the next five minutes where allauth would ask for it again.
    """
    login = Login(user=account, redirect_url=request.session.pop(NEXT, None) or reverse("home"))
    request.session.pop(PHONE, None)
    record_authentication(request, account, method=method, reauthenticated=method == "password" or None)
    return perform_login(request, login)


def _keep_number(request: ActorRequest, phone: str) -> None:
    """Between the two steps the session holds the number encrypted, and not for long: whoever gives up half-way leaves
    nothing that a copy of the database could tell."""
    request.session[PHONE] = SecondFactorAdapter().encrypt(phone)
    request.session.set_expiry(BETWEEN_STEPS)


def _kept_number(request: ActorRequest) -> str:
    """Empty where there is none."""
    kept = request.session.get(PHONE)
    return SecondFactorAdapter().decrypt(kept) if kept else ""


def registration_is_by_staff(request: ActorRequest) -> HttpResponse:
    """There is no form to sign up: whoever looks for one reads which number to call."""
    return render(request, "accounts/by_staff.html", {"communities": communities()})


@never_cache
@require_http_methods(["GET", "POST"])
def sign_out(request: ActorRequest) -> HttpResponse:
    """Asks first when opened as a link, so that no other page can sign somebody out."""
    if request.method == "POST":
        logout(request)
        response = redirect("home")
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response
    return render(request, "accounts/sign_out.html")


@never_cache
@login_required
@sensitive_post_parameters("current", "password")
@require_http_methods(["GET", "POST"])
def new_password(request: ActorRequest) -> HttpResponse:
    """Who signs in by a code has no password to change."""
    if not request.user.has_usable_password():
        raise NotFound
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            change_password(request, request.user, given["current"], given["password"], actor=request.actor)
        except Refusal as refusal:
            refusal.beside(form)
        else:
            update_session_auth_hash(request, request.user)
            messages.success(request, _("密码换好了，别的地方都退出了。"))
            return redirect("home")
    return _page(request, "accounts/new_password.html", form)


@login_required
def second_factor(request: ActorRequest) -> HttpResponse:
    from allauth.mfa.models import Authenticator

    found = list(Authenticator.objects.filter(user=request.user).order_by("created_at"))
    return render(
        request,
        "accounts/second_factor_mine.html",
        {
            "has_totp": any(one.type == Authenticator.Type.TOTP for one in found),
            "has_codes": any(one.type == Authenticator.Type.RECOVERY_CODES for one in found),
            "passkeys": [one for one in found if one.type == Authenticator.Type.WEBAUTHN],
            "needs": sign_in.needs_second_factor(request.user),
        },
    )


@require_POST
def choose_theme(request: ActorRequest) -> HttpResponse:
    """``theme`` is ``auto``, ``standard`` or ``elder``; kept with the account, or with the visit of a stranger."""
    theme = request.POST.get("theme", "")
    if request.user.is_authenticated:
        actions.choose_theme(request.user, theme)
    else:
        request.session["theme"] = theme if theme in {"standard", "elder"} else "standard"
    return redirect(safe_next(request, request.POST.get("next")))


@require_POST
def choose_language(request: ActorRequest) -> HttpResponse:
    language = request.POST.get("language", "")
    if request.user.is_authenticated:
        actions.choose_language(request.user, language)
    response = redirect(safe_next(request, request.POST.get("next")))
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=YEAR,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


def _page(request: ActorRequest, template: str, form: forms.Form, **context) -> HttpResponse:
    timed_out = request.session.get(TIMED_OUT, False)
    return render(
        request, template, {"form": form, "timed_out": timed_out, **context}, status=422 if form.errors else 200
    )
