"""同意: what a resident agreed to, taken at the door, from a signed paper or on the telephone, and taken back by a call."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.act.care.actions import ask_for_round
from linli.act.care.alternatives import has_alternative
from linli.act.care.queries import next_visit_of, rounds_of
from linli.faces.workbench.access import signed_in_page, staff_page
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.pages.reveal import seeable
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.permissions import may
from linli.foundation.accounts.roles import OVERSIGHT
from linli.foundation.errors import NotAllowed, Refusal
from linli.foundation.files.actions import SENTENCES, store_photo
from linli.foundation.files.models import Attachment
from linli.foundation.files.photos import MAX_BYTES
from linli.foundation.privacy.cards import card
from linli.foundation.privacy.consents.actions import Evidence, decline, give_consent, withdraw_consent
from linli.foundation.privacy.consents.guarding import ADULT, guardians_of, is_child, register_guardian
from linli.foundation.privacy.consents.models import Guardianship
from linli.foundation.privacy.consents.paper import consent_purposes, enter_form, form_pdf, new_form
from linli.foundation.privacy.consents.queries import counts_by_purpose, form_for, forms_waiting, standings_of
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.purposes import Purpose
from linli.foundation.privacy.queries import consent_for, resident_for
from linli.foundation.registry.models import Resident

TAB = "privacy"
PHOTOS_AT_MOST = 9
LOCAL_TIME = "%Y-%m-%dT%H:%M"


def may_see_counts(actor: Actor) -> bool:
    return actor.is_community_staff or actor.has(*OVERSIGHT)


card(
    "consents",
    gettext_lazy("同意"),
    gettext_lazy("每个用途现在有多少人同意、不同意，撤回以后要在哪天前删完。"),
    icon="circle-check",
    url="workbench:consent_counts",
    may_open=may_see_counts,
    order=20,
)


class TakeForm(forms.Form):
    """What was said at the door or on the telephone, about one purpose."""

    channel = forms.ChoiceField(
        label=gettext_lazy("怎么说的"),
        choices=[(Consent.Channel.DOOR, gettext_lazy("当面")), (Consent.Channel.PHONE, gettext_lazy("电话"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选是当面还是电话。")},
    )
    answer = forms.ChoiceField(
        label=gettext_lazy("本人怎么答"),
        choices=[("yes", gettext_lazy("同意")), ("no", gettext_lazy("不同意"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选本人是怎么答的。")},
    )
    called_at = forms.DateTimeField(
        label=gettext_lazy("电话是什么时候打的（当面的不用填）"),
        required=False,
        input_formats=[LOCAL_TIME],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL_TIME),
    )
    note = forms.CharField(
        label=gettext_lazy("谁在场，谁打给谁"),
        max_length=200,
        help_text=gettext_lazy("比如：本人在家，女儿也在；打的是本人留的号码。"),
        error_messages={"required": gettext_lazy("请写一句：谁在场，或者谁打给谁。")},
    )


class WithdrawForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("谁打来的，说了什么"),
        max_length=200,
        error_messages={"required": gettext_lazy("请写一句：谁要求停的。")},
    )


class GuardianForm(forms.Form):
    guardian = forms.ChoiceField(label=gettext_lazy("监护人"))
    relation = forms.ChoiceField(label=gettext_lazy("是孩子的"), choices=Guardianship.Relation.choices)
    evidence = forms.CharField(
        label=gettext_lazy("看过什么证件"), max_length=200, help_text=gettext_lazy("户口本、出生证明，或者判决书。")
    )


@staff_page
@require_safe
def consents(request: ActorRequest, resident_id: int) -> HttpResponse:
    resident = resident_for(request.actor, resident_id)
    return _page(request, resident)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: ActorRequest, resident_id: int, purpose: str) -> HttpResponse:
    """Read the words out, then write down what the person answered: yes and no weigh the same, neither is set before."""
    resident = resident_for(request.actor, resident_id)
    asked = next((one for one in consent_purposes(resident) if one.key == purpose), None)
    if asked is None:
        return redirect("workbench:resident_consents", resident.pk)
    form = TakeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _write_down(resident, asked, form.cleaned_data, request)
        except Refusal as refusal:
            refusal.beside(form)
        else:
            messages.success(request, _("记下了。本人在手机上看得到，也能随时撤回。"))
            return redirect("workbench:resident_consents", resident.pk)
    context = page_of(
        request, TAB, resident=resident, purpose=asked, form=form, guardians=guardians_of(resident),
        latest=timezone.localtime(clock.now()).strftime(LOCAL_TIME),
    )  # fmt: skip
    return render(request, "workbench/consent_take.html", context, status=422 if form.errors else 200)


@staff_page
@require_POST
@never_cache
def print_form(request: ActorRequest, resident_id: int) -> HttpResponse:
    """A fresh form to sign, with a code that leads back to its entry page."""
    form = new_form(resident_for(request.actor, resident_id), actor=request.actor)
    address = request.build_absolute_uri(reverse("workbench:consent_form", args=[form.code]))
    response = HttpResponse(form_pdf(form, address=address, actor=request.actor), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="consent-{form.code}.pdf"'
    return response


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def paper(request: ActorRequest, code: str) -> HttpResponse:
    """The entry page of one signed form: its photo, and what is crossed in each box."""
    form = form_for(request.actor, code)
    chosen = {key: request.POST.get(f"answer-{key}", "") for key in form.versions}
    error, wrong = "", ""
    if request.method == "POST":
        try:
            answers = {key: value == "yes" for key, value in chosen.items() if value in ("yes", "no")}
            guardian = _guardian_in(request, form.resident)
            photos = _photos(request)
            enter_form(form, answers, photos, guardian=guardian, actor=request.actor)
        except Refusal as refusal:
            error, wrong = str(refusal), refusal.field or ""
        else:
            messages.success(request, _("录好了。纸的照片留作凭据，本人也看得到。"))
            return redirect("workbench:resident_consents", form.resident_id)
    purposes = [(one, chosen[one.key]) for one in consent_purposes(form.resident) if one.key in form.versions]
    context = page_of(
        request, TAB, paper=form, resident=form.resident, purposes=purposes, error=error, wrong=wrong,
        guardians=guardians_of(form.resident),
    )  # fmt: skip
    return render(request, "workbench/consent_paper.html", context, status=422 if error else 200)


@staff_page
@require_POST
def withdraw(request: ActorRequest, consent_id: int) -> HttpResponse:
    """One call is enough: who called is written down, and it stops."""
    consent = consent_for(request.actor, consent_id)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _page(request, consent.resident, withdrawing=(consent.pk, form), status=422)
    withdraw_consent(consent, channel=Consent.Channel.PHONE, note=form.cleaned_data["note"], actor=request.actor)
    messages.success(request, _("停了，从现在起不再看。本人在手机上也看得到。"))
    return redirect("workbench:resident_consents", consent.resident_id)


@staff_page
@require_POST
def instead(request: ActorRequest, resident_id: int, purpose: str) -> HttpResponse:
    resident = resident_for(request.actor, resident_id)
    try:
        ask_for_round(resident, purpose, actor=request.actor)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("约好了，在“平安走访”名单上。"))
    return redirect("workbench:resident_consents", resident.pk)


@staff_page
@require_POST
def guardian(request: ActorRequest, resident_id: int) -> HttpResponse:
    resident = resident_for(request.actor, resident_id)
    form = _guardian_form(resident, request)
    if form.is_valid():
        try:
            register_guardian(
                resident,
                resident_for(request.actor, int(form.cleaned_data["guardian"])),
                relation=form.cleaned_data["relation"],
                evidence=form.cleaned_data["evidence"],
                photos=_photos(request),
                actor=request.actor,
            )
        except Refusal as refusal:
            refusal.beside(form)
        else:
            messages.success(request, _("登记好了。现在监护人可以替孩子决定。"))
            return redirect("workbench:resident_consents", resident.pk)
    return _page(request, resident, guardian_form=form, status=422)


@signed_in_page
@require_safe
def counts(request: ActorRequest) -> HttpResponse:
    if not may_see_counts(request.actor):
        raise NotAllowed
    return render(request, "workbench/consent_counts.html", page_of(request, TAB, counts=counts_by_purpose()))


def _page(
    request: ActorRequest,
    resident: Resident,
    *,
    withdrawing: tuple[int, forms.Form] | None = None,
    guardian_form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    child = is_child(resident)
    asked = request.GET.get("withdraw", "")
    if withdrawing is None and asked.isdecimal():
        withdrawing = (int(asked), WithdrawForm())
    context = page_of(
        request,
        TAB,
        resident=resident,
        age=resident.age_on(clock.today()),
        seeable=seeable("registry_upkeep", request.actor),
        upkeep_about=f"resident:{resident.pk}",
        child=child,
        guardians=guardians_of(resident),
        guardian_form=guardian_form or (_guardian_form(resident) if child else None),
        papers=forms_waiting(resident),
        rows=[(one, has_alternative(one.purpose)) for one in standings_of(resident)],
        withdrawing=withdrawing[0] if withdrawing else None,
        withdraw_form=withdrawing[1] if withdrawing else None,
        visit=next_visit_of(resident),
        rounds=list(rounds_of(resident).values()),
        may_take=may(request.actor, "privacy.give_consent", resident),
    )
    return render(request, "workbench/resident_consents.html", context, status=status)


def _write_down(resident: Resident, purpose: Purpose, said: dict, request: ActorRequest) -> None:
    if said["answer"] == "no":
        decline(resident, purpose.key, channel=said["channel"], note=said["note"], actor=request.actor)
        return
    by_phone = said["channel"] == Consent.Channel.PHONE
    evidence = Evidence(
        note=said["note"],
        called_at=said["called_at"] if by_phone else None,
        read_out=words_to_read(purpose) if by_phone else "",
    )
    give_consent(
        resident, purpose.key, channel=said["channel"], evidence=evidence,
        guardian=_guardian_in(request, resident), actor=request.actor,
    )  # fmt: skip


def words_to_read(purpose: Purpose) -> str:
    """What is read out before somebody answers, and kept as evidence of a call."""
    return _("%(words)s 不同意的话：%(without)s 不用它也可以：%(alternative)s 随时能撤回。") % {
        "words": purpose.sentence,
        "without": purpose.without,
        "alternative": purpose.alternative,
    }


def _guardian_in(request: ActorRequest, resident: Resident) -> Resident | None:
    chosen = request.POST.get("signer", "")
    return next((one.guardian for one in guardians_of(resident) if str(one.guardian_id) == chosen), None)


def _guardian_form(child: Resident, request: ActorRequest | None = None) -> GuardianForm:
    """Adults of the child's home to choose from."""
    form = GuardianForm(request.POST if request is not None else None)
    at_home = Resident.objects.filter(home=child.home_id, left_on__isnull=True).exclude(pk=child.pk).order_by("pk")
    adults = [one for one in at_home if one.age_on(clock.today()) >= ADULT] if child.home_id else []
    field = cast(forms.ChoiceField, form.fields["guardian"])
    field.choices = [(str(one.pk), one.name) for one in adults]
    return form


def _photos(request: ActorRequest) -> list[Attachment]:
    """Keep the photos of this form; raises :class:`Invalid` for a file that is none."""
    files = cast(list[UploadedFile], request.FILES.getlist("photos"))[:PHOTOS_AT_MOST]
    for file in files:
        if (file.size or 0) > MAX_BYTES:
            raise Refusal(SENTENCES["too_many_bytes"](), code="too_many_bytes", field="photos")
    return [store_photo(file.read(), actor=request.actor) for file in files]
