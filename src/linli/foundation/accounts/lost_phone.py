"""A telephone is gone: whoever finds it must not get in, and whoever trusts its owner must know.

Ending the sessions is not enough, because the codes go to the card in the lost telephone: none is sent until staff have
seen or called the person again. Everything stays possible at the desk, at the door and by another telephone.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account, LostPhone, ProxyAuthority
from linli.foundation.accounts.permissions import allow, is_community_staff, is_director, is_grid_staff_of, require
from linli.foundation.accounts.sessions import end_all
from linli.foundation.errors import Conflict, Invalid
from linli.foundation.events.recording import record
from linli.foundation.notices.actions import send
from linli.foundation.privacy.reaching import mobile_of
from linli.foundation.registry.models import Resident

LONGEST_EVIDENCE = 200

allow("accounts.end_sessions_of_resident", is_community_staff | is_grid_staff_of)
allow("accounts.end_sessions_of_account", is_director)


@transaction.atomic
def report_lost(whose: Resident | Account, *, evidence: str, actor: Actor) -> LostPhone:
    """Sign the person out everywhere, send no more codes, and tell those who act for them and for whom they act.

    ``evidence`` says how it was known who was calling. Raises :class:`NotAllowed`, :class:`Invalid`
    (``evidence_missing``) or :class:`Conflict` (``already_lost``).
    """
    require_power_over(whose, actor)
    account = account_of(whose)
    lost, created = LostPhone.objects.get_or_create(
        **_owner(whose),
        lifted_at=None,
        defaults={"told_at": clock.now(), "told_by_id": actor.account_id, "evidence": _evidence(evidence)},
    )
    if not created:
        raise Conflict(_("已经登记过了，现在谁也登录不了。"), code="already_lost")
    if account is not None:
        end_all(account, actor=actor)
    record("accounts.phone_lost", whose, actor=actor, lost=lost.pk)
    _tell_those_concerned(whose, account, lost)
    return lost


@transaction.atomic
def lift(lost: LostPhone, *, evidence: str, actor: Actor) -> None:
    """The telephone is back, or the new one holds the number; lifting it twice changes nothing."""
    whose = lost.resident or lost.account
    assert whose is not None
    require_power_over(whose, actor)
    words = _evidence(evidence)
    found = LostPhone.objects.select_for_update(of=("self",)).get(pk=lost.pk)
    if found.lifted_at is not None:
        return
    found.lifted_at, found.lifted_by_id, found.lifted_evidence = clock.now(), actor.account_id, words
    found.save(update_fields=["lifted_at", "lifted_by", "lifted_evidence"])
    record("accounts.phone_found", whose, actor=actor, lost=found.pk)


def lost_phone_of(whose: Resident | Account) -> LostPhone | None:
    """The report that still holds."""
    return LostPhone.objects.filter(**_owner(whose), lifted_at__isnull=True).select_related("told_by").first()


def require_power_over(whose: Resident | Account, actor: Actor) -> None:
    """Raise :class:`NotAllowed` unless the actor may decide about this person's sign-in."""
    kind = "resident" if isinstance(whose, Resident) else "account"
    require(actor, f"accounts.end_sessions_of_{kind}", whose)


def _owner(whose: Resident | Account) -> dict:
    return {"resident": whose} if isinstance(whose, Resident) else {"account": whose}


def account_of(whose: Resident | Account) -> Account | None:
    """The sign-in of somebody in the registry, if there is one."""
    return Account.objects.filter(resident=whose).first() if isinstance(whose, Resident) else whose


def _evidence(words: str) -> str:
    if not words.strip():
        raise Invalid(
            _("请写明怎么知道是本人：看了身份证、回拨了家里的电话、家属来窗口。"),
            code="evidence_missing",
            field="evidence",
        )
    return words.strip()[:LONGEST_EVIDENCE]


def _tell_those_concerned(whose: Resident | Account, account: Account | None, lost: LostPhone) -> None:
    """Words that come from a lost telephone must not be believed: by SMS, in Chinese, to both sides of each authority."""
    now = clock.now()
    live = ProxyAuthority.objects.filter(revoked_at__isnull=True, starts_at__lte=now, ends_at__gt=now)
    name = whose.name if isinstance(whose, Resident) else whose.display_name
    with translation.override(settings.LANGUAGE_CODE):
        sentence = _(
            "【邻里】%(name)s 的手机丢了，登录已经停了。用那个号码来要钱、要验证码的，都不是本人。有事打 %(phone)s。"
        )
    rows: list[tuple[ProxyAuthority, Resident | Account]] = []
    if isinstance(whose, Resident):
        rows += [
            (one, one.proxy) for one in live.filter(principal=whose).select_related("proxy", "principal__community")
        ]
    if account is not None:
        rows += [(one, one.principal) for one in live.filter(proxy=account).select_related("principal__community")]
    for authority, told in rows:
        community = authority.principal.community
        about = f"proxy:{authority.pk}"
        to = mobile_of(told, "matter_notice", about=about)
        if to is None:
            continue
        send(
            to,
            sentence % {"name": name, "phone": community.phone},
            key=f"phone-lost:{lost.pk}:{authority.pk}:{'proxy' if told is authority.proxy else 'principal'}",
            about=about,
            community=community.pk,
        )
