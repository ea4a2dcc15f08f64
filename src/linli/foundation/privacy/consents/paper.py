"""The paper form: printed for one person, signed with a pen, photographed, and entered box by box."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import require
from linli.foundation.documents import qr_svg, render_pdf
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.foundation.events.recording import record
from linli.foundation.files.models import Attachment
from linli.foundation.privacy.consents.actions import Evidence, decline, give_consent
from linli.foundation.privacy.consents.guarding import guardians_of, is_child
from linli.foundation.privacy.consents.models import PaperForm
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.purposes import Purpose, in_force
from linli.foundation.registry.models import Community, Resident

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O: the code is also read aloud and typed."""


_only_where: dict[str, Callable[[Resident], bool]] = {}


def offer_only_where(purpose: str, concerns: Callable[[Resident], bool]) -> None:
    """Ask for this consent only those whom it ``concerns``; once for each purpose."""
    if purpose in _only_where:
        raise RuntimeError(f"whom {purpose} concerns has been said already")
    _only_where[purpose] = concerns


def consent_purposes(resident: Resident | None = None) -> list[Purpose]:
    """What can be agreed to, in the order of the file; of one person what concerns it, of a child under 14 only what
    may be used for children."""
    offered = [one for one in in_force().values() if one.needs_consent]
    if resident is None:
        return offered
    child = is_child(resident)
    return [one for one in offered if (one.minors or not child) and _concerns(one.key, resident)]


def _concerns(purpose: str, resident: Resident) -> bool:
    """What somebody has answered before stays on their page even where the question is asked no more."""
    if purpose not in _only_where or _only_where[purpose](resident):
        return True
    return Consent.objects.filter(resident=resident, purpose=purpose).exists()


@transaction.atomic
def new_form(resident: Resident, *, actor: Actor) -> PaperForm:
    """A form for somebody to sign, with every purpose that needs consent, each with boxes of its own.

    Raises :class:`NotFound` or :class:`NotAllowed`.
    """
    found = Resident.objects.visible_to(actor).filter(pk=resident.pk).first()
    if found is None:
        raise NotFound
    require(actor, "privacy.give_consent", found)
    form = PaperForm.objects.create(
        code="".join(secrets.choice(LETTERS) for _ in range(8)),
        resident=found,
        versions={purpose.key: purpose.version for purpose in consent_purposes(found)},
        printed_at=clock.now(),
        printed_by_id=actor.account_id,
    )
    record("privacy.consent_form_printed", form, actor=actor, resident=found.pk)
    return form


def form_pdf(form: PaperForm, *, address: str, actor: Actor) -> bytes:
    """The form as a PDF; ``address`` is where its QR code leads."""
    resident = form.resident
    community = Community.objects.get(pk=form.community_id)
    return render_pdf(
        "consents/form.typ",
        {
            "title": _("同意书"),
            "intro": _("一件一件来选。不同意也能用别的服务。同意了，打一个电话、在手机上点两下，就能撤回。"),
            "who": _("给谁：%(name)s，%(home)s") % {"name": resident.name, "home": resident.home or ""},
            "purposes": [
                {
                    "name": str(purpose.name),
                    "words": purpose.sentence,
                    "without": _("不同意的话：%(words)s") % {"words": purpose.without},
                    "alternative": _("不用它也可以：%(words)s") % {"words": purpose.alternative},
                    "keep": _("记录留 %(n)d 个月。") % {"n": purpose.keep_months},
                }
                for purpose in consent_purposes()
                if purpose.key in form.versions
            ],
            "yes": _("我同意"),
            "no": _("我不同意"),
            "sign": _("监护人签字") if is_child(resident) else _("本人签字"),
            "date": _("日期"),
            "phone": _("要撤回，打社区电话：%(phone)s") % {"phone": community.phone},
            "code": _("表号 %(code)s") % {"code": form.code},
            "scan": _("工作人员扫这里，记下来"),
            "qr": qr_svg(address),
        },
        who=actor.name,
        when=form.printed_at,
    )


@transaction.atomic
def enter_form(
    form: PaperForm,
    answers: Mapping[str, bool],
    photos: Sequence[Attachment],
    *,
    guardian: Resident | None = None,
    actor: Actor,
) -> list[Consent]:
    """Enter what the signed form says: ``answers`` by purpose, those without a cross left out.

    The photos stay as evidence. Returns what is agreed to. Raises :class:`Invalid` (``no_answers``, ``photo_missing``, ``not_on_form``, and what
    :func:`give_consent` refuses) and :class:`Conflict` (``form_entered``, ``form_outdated``: the words have changed since it was printed).
    """
    held = PaperForm.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=form.pk).first()
    if held is None:
        raise NotFound
    require(actor, "privacy.give_consent", held.resident)
    if held.entered_at is not None:
        raise Conflict(_("这张表已经录过了。"), code="form_entered")
    if not answers:
        raise Invalid(_("请照着纸上的勾，至少选一项。"), code="no_answers", field="answers")
    if not photos:
        raise Invalid(_("请把签了字的纸拍下来。"), code="photo_missing", field="photos")
    if set(answers) - set(held.versions):
        raise Invalid(_("这一项不在这张表上。"), code="not_on_form", field="answers")
    current = in_force()
    if any(key not in current or current[key].version != held.versions[key] for key in answers):
        raise Conflict(_("这张表印好以后，文字改过了。请重新印一张，请本人再签。"), code="form_outdated")
    signer = guardian or next((one.guardian for one in guardians_of(held.resident)), None)
    note = _("签字的纸，表号 %(code)s") % {"code": held.code}
    given = []
    for key, yes in answers.items():
        if yes:
            evidence = Evidence(note=note, photos=photos, form=held)
            channel = Consent.Channel.PAPER
            given.append(
                give_consent(held.resident, key, channel=channel, evidence=evidence, guardian=signer, actor=actor)
            )
        else:
            decline(held.resident, key, channel=Consent.Channel.PAPER, note=note, actor=actor)
    held.entered_at = clock.now()
    held.save(update_fields=["entered_at"])
    return given
