"""Who is signed in where: one's own places, a resident whose telephone is lost, and the accounts of the staff."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from linli.faces.kit.signing_out import end_places
from linli.faces.workbench.access import director_page, signed_in_page, staff_page
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.pages.ringing import ringing_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.lost_phone import account_of, lift, lost_phone_of, report_lost
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.permissions import may
from linli.foundation.accounts.queries import staff_account, staff_accounts
from linli.foundation.accounts.roles import Role
from linli.foundation.accounts.sessions import end_all, sessions_of
from linli.foundation.accounts.sign_in import has_second_factor, needs_second_factor
from linli.foundation.accounts.unlocking import is_locked, locked_out, unlock
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.privacy.cards import card
from linli.foundation.privacy.queries import resident_for
from linli.foundation.registry.models import Resident

card(
    "accounts",
    gettext_lazy("账号"),
    gettext_lazy("谁登录着、谁没设第二道锁。手机丢了，在这里停掉。"),
    icon="key-round",
    url="workbench:accounts",
    may_open=lambda actor: actor.has(Role.COMMUNITY_DIRECTOR),
    order=55,
)


class EvidenceForm(forms.Form):
    """How it was known who was speaking: a lost telephone is also a way to lock somebody out."""

    evidence = forms.CharField(
        label=gettext_lazy("怎么知道是本人"),
        max_length=200,
        help_text=gettext_lazy("看了身份证、回拨了家里的电话、家属来窗口。不抄证件号码。"),
        error_messages={"required": gettext_lazy("请写一句：怎么知道是本人。")},
    )


@signed_in_page
@require_safe
def mine(request: ActorRequest) -> HttpResponse:
    context = page_of(
        request,
        "mine",
        places=sessions_of(request.user, current=request.session.session_key),
        has_factor=has_second_factor(request.user),
        needs_factor=needs_second_factor(request.user),
        ringing=ringing_of(request.actor),
    )
    return render(request, "workbench/mine.html", context)


@signed_in_page
@require_POST
def end_mine(request: ActorRequest) -> HttpResponse:
    end_places(request)
    return redirect("workbench:mine")


@staff_page
@require_safe
def resident_sign_in(request: ActorRequest, resident_id: int) -> HttpResponse:
    return _resident_page(request, resident_for(request.actor, resident_id))


@staff_page
@require_POST
def resident_do(request: ActorRequest, resident_id: int, what: str) -> HttpResponse:
    """``what``: ``lost``, ``found`` or ``unlock``."""
    resident = resident_for(request.actor, resident_id)
    form = EvidenceForm(request.POST)
    said = _do(request, resident, what, form)
    if said is None:
        return _resident_page(request, resident, form=form, status=422)
    messages.success(request, said)
    return redirect("workbench:resident_sign_in", resident.pk)


@director_page
@require_safe
def accounts(request: ActorRequest) -> HttpResponse:
    return _accounts_page(request)


@director_page
@require_POST
def account_do(request: ActorRequest, account_id: int, what: str) -> HttpResponse:
    """``what``: ``lost``, ``found``, ``unlock`` or ``end``."""
    account = staff_account(request.actor, account_id)
    form = EvidenceForm(request.POST)
    said = _do(request, account, what, form)
    if said is None:
        return _accounts_page(request, wrong=(account.pk, form), status=422)
    messages.success(request, said)
    return redirect("workbench:accounts")


def _do(request: ActorRequest, whose: Resident | Account, what: str, form: EvidenceForm) -> str | None:
    """What was done, in words; None where the form is not right and says so. Raises what the action raises."""
    verbs: dict[str, Callable[[], str]] = {
        "unlock": lambda: _unlocked(request, whose),
        "end": lambda: _ended(request, whose),
    }
    if what in verbs:
        return verbs[what]()
    if what not in {"lost", "found"}:
        raise NotFound
    if not form.is_valid():
        return None
    evidence = form.cleaned_data["evidence"]
    try:
        if what == "lost":
            report_lost(whose, evidence=evidence, actor=request.actor)
            return _("停好了：哪里都退出了，也不再发验证码。和他互相代办的人收到了短信。")
        lost = lost_phone_of(whose)
        if lost is not None:
            lift(lost, evidence=evidence, actor=request.actor)
        return _("恢复了，可以重新用手机号登录。")
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        form.add_error("evidence", str(refusal))
        return None


def _unlocked(request: ActorRequest, whose: Resident | Account) -> str:
    unlock(request, whose, actor=request.actor)
    return _("解开了，现在就能再试。")


def _ended(request: ActorRequest, whose: Resident | Account) -> str:
    if not isinstance(whose, Account) or not may(request.actor, "accounts.end_sessions_of_account", whose):
        raise NotFound
    end_all(whose, but=request.session.session_key if whose.pk == request.user.pk else None, actor=request.actor)
    return _("哪里都退出了。")


def _resident_page(
    request: ActorRequest, resident: Resident, *, form: EvidenceForm | None = None, status: int = 200
) -> HttpResponse:
    account = account_of(resident)
    context = page_of(
        request,
        "desk",
        resident=resident,
        places=len(sessions_of(account)) if account is not None else 0,
        lost=lost_phone_of(resident),
        locked=is_locked(resident),
        form=form or EvidenceForm(),
        may_do=may(request.actor, "accounts.end_sessions_of_resident", resident),
    )
    return render(request, "workbench/resident_sign_in.html", context, status=status)


def _accounts_page(
    request: ActorRequest, *, wrong: tuple[int, EvidenceForm] | None = None, status: int = 200
) -> HttpResponse:
    asked = request.GET.get("lost", "")
    listed = list(staff_accounts(request.actor))
    locked = locked_out(request, [one.account for one in listed])
    rows = [
        {
            "standing": one,
            "account": one.account,
            "roles": [role.label for role in one.roles],
            "locked": one.account.pk in locked,
            "form": wrong[1]
            if wrong and wrong[0] == one.account.pk
            else EvidenceForm(auto_id=f"id_{one.account.pk}_%s"),
            "asked": asked == str(one.account.pk) or bool(wrong and wrong[0] == one.account.pk),
        }
        for one in listed
    ]
    return render(request, "workbench/accounts.html", page_of(request, "privacy", rows=rows), status=status)
