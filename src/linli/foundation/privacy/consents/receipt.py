"""The consent receipt: what was agreed to, in the fields of ISO/IEC TS 27560:2023, for machines and on paper.

The receipt is made from the rows each time, so it says what holds now: a withdrawn consent's receipt shows both events.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.foundation.documents import render_pdf
from linli.foundation.privacy.consents.models import Ending, Testimony
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.purposes import Purpose, as_agreed
from linli.foundation.privacy.words import FIELD_WORDS, SENSE_WORDS, law_in_words
from linli.foundation.registry.models import Community

SCHEMA = "ISO/IEC TS 27560:2023"
EVENT_STATE = {False: "explicitly_given", True: "withdrawn"}


def receipt_of(consent: Consent, *, home_url: str) -> dict[str, Any]:
    """Plain data that ``json`` can write; ``home_url`` is where this installation is reached.

    The person is named by number only: whoever finds the file learns no name.
    """
    community = Community.objects.get(pk=consent.community_id)
    purpose = as_agreed(consent.purpose, consent.text_version)
    testimony = Testimony.objects.filter(consent=consent).select_related("guardianship").first()
    ending = Ending.objects.filter(consent=consent).first()
    return {
        "receipt_metadata": {"schema_version": SCHEMA, "receipt_id": f"{community.code}-consent-{consent.pk}"},
        "consent_record": {
            "record_metadata": {
                "schema_version": SCHEMA,
                "record_id": f"{community.code}-consent-{consent.pk}",
                "pii_principal_id": f"{community.code}-resident-{consent.resident_id}",
            },
            "pii_processing": {
                "privacy_notice": f"{home_url}/charter/",
                "language": get_language() or "zh-hans",
                "purposes": [_purpose_facts(consent, purpose, community, home_url)],
            },
            "party_identification": [_controller(community, home_url)],
            "events": _events(consent, testimony, ending),
        },
    }


def receipt_pdf(consent: Consent, *, home_url: str, who: str) -> bytes:
    """The same on one page, in the reader's language, with the name of the person for whom it is."""
    facts = receipt_of(consent, home_url=home_url)
    record = facts["consent_record"]
    purpose = record["pii_processing"]["purposes"][0]
    ending = Ending.objects.filter(consent=consent).first()
    rows = [
        (_("编号"), record["record_metadata"]["record_id"]),
        (_("谁同意的"), consent.resident.name),
        (_("哪一家"), str(consent.home)),
        (_("谁来用"), record["party_identification"][0]["party_name"]),
        (_("用来做什么"), purpose["description"]),
        (_("看哪些东西"), "、".join(one["pii_type"] for one in purpose["pii_information"])),
        (_("给谁"), "、".join(purpose["recipient_third_parties"])),
        (_("留多久"), _("%(n)d 个月") % {"n": purpose["retention_months"]} if purpose["retention_months"] else "—"),
        (_("怎么同意的"), purpose["collection_method"]),
        (_("哪天同意的"), _day(consent.given_at)),
        (_("凭哪条法律"), law_in_words(purpose["lawful_basis_reference"])),
        (_("第几版文字"), consent.text_version),
        (_("怎么撤回"), purpose["withdrawal_method"]),
        (_("不用它，还有什么办法"), purpose["alternative"]),
    ]
    if ending is not None and consent.withdrawn_at is not None:
        rows.append((_("哪天停的"), f"{_day(consent.withdrawn_at)} {ending.get_reason_display()}"))
        rows.append((_("最晚哪天删完"), ending.delete_by.isoformat()))
    state = _("已经停了") if consent.withdrawn_at else _("现在有效")
    return render_pdf(
        "consents/receipt.typ",
        {
            "title": _("同意的凭据"),
            "name": purpose["name"],
            "state": state,
            "rows": [[name, value] for name, value in rows],
            "standard": _("按 %(standard)s 的项目列出。") % {"standard": SCHEMA},
        },
        who=who,
    )


def _purpose_facts(consent: Consent, purpose: Purpose | None, community: Community, home_url: str) -> dict[str, Any]:
    """Of a purpose that is no longer declared, what the consent itself still knows."""
    return {
        "purpose": consent.purpose,
        "name": str(purpose.name) if purpose else consent.purpose,
        "description": purpose.sentence if purpose else "",
        "purpose_type": "care" if purpose and purpose.senses else "service",
        "lawful_basis": purpose.ground if purpose else "consent",
        "lawful_basis_reference": purpose.law if purpose else "",
        "text_version": consent.text_version,
        "pii_information": [
            {"pii_type": pii, "pii_optional": False, "sensitive_pii_category": bool(purpose and purpose.senses)}
            for pii in _what_is_seen(purpose)
        ],
        "pii_controllers": [community.code],
        "collection_method": str(CHANNEL_WORDS[consent.channel]()),
        "processing_method": _("电脑比较读数的变化。要不要上门，由人决定。"),
        "storage_locations": [_("社区自己的电脑里，在中国境内")],
        "retention_months": purpose.keep_months if purpose else None,
        "jurisdictions": ["CN"],
        "recipient_third_parties": [str(one) for one in purpose.shared_with] if purpose else [],
        "withdrawal_method": _("在手机上“我的—我同意过什么”点两下。或者打 %(phone)s。或者对上门的人说一声。")
        % {"phone": community.phone},
        "withdrawal_url": f"{home_url}/portal/me/consents/",
        "privacy_rights": ["access", "copy", "correction", "deletion", "explanation", "withdrawal"],
        "alternative": str(purpose.alternative) if purpose else "",
    }


def _what_is_seen(purpose: Purpose | None) -> list[str]:
    if purpose is None:
        return []
    words = [str(SENSE_WORDS.get(sense, sense)) for sense in sorted(purpose.senses)]
    return words + [str(FIELD_WORDS[one]) for one in sorted(purpose.fields | purpose.machine)]


def _controller(community: Community, home_url: str) -> dict[str, str]:
    return {
        "party_id": community.code,
        "party_name": community.name,
        "party_role": "pii_controller",
        "party_phone": community.phone,
        "party_url": home_url,
    }


def _events(consent: Consent, testimony: Testimony | None, ending: Ending | None) -> list[dict[str, Any]]:
    guardian = testimony is not None and testimony.guardianship_id is not None
    given = {
        "event_time": consent.given_at.isoformat(),
        "event_type": "consent",
        "event_state": EVENT_STATE[False],
        "entity": "guardian" if guardian else "pii_principal",
        "channel": consent.channel,
        "evidence": bool(testimony),
    }
    if consent.withdrawn_at is None:
        return [given]
    ended = {
        "event_time": consent.withdrawn_at.isoformat(),
        "event_type": "consent",
        "event_state": EVENT_STATE[True],
        "reason": ending.reason if ending else "withdrawn",
        "delete_by": ending.delete_by.isoformat() if ending else None,
    }
    return [given, ended]


def _day(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


CHANNEL_WORDS = {
    "app": lambda: _("自己在手机上点的"),
    "door": lambda: _("上门时当面说的"),
    "paper": lambda: _("纸上签的字"),
    "phone": lambda: _("电话里说的"),
}
