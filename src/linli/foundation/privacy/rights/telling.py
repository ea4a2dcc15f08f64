"""The sentences that the person and the staff get by SMS. Never what is held: only where to read on."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation.accounts.models import Account
from linli.foundation.accounts.roles import Role
from linli.foundation.lifecycle.explaining import moment
from linli.foundation.notices.actions import send
from linli.foundation.privacy.reaching import mobile_of
from linli.foundation.privacy.rights.models import AskedAs, Kind, RightsRequest, State
from linli.foundation.privacy.rights.queries import holders

LONGEST = 300


def tell_received(request: RightsRequest) -> None:
    with _language_of(request):
        text = _("【邻里】收到您的要求“%(kind)s”。编号 %(number)s。最晚 %(by)s 前答复。") % _facts(request)
        if request.asked_as == AskedAs.PROXY:
            text += _("是替您办事的人提的，不是您的意思请打 %(phone)s。") % _facts(request)
        _to_person(request, text, "received")


def tell_extended(request: RightsRequest) -> None:
    with _language_of(request):
        text = _("【邻里】%(number)s 要多等几天，最晚 %(by)s 答复。原因：%(reason)s") % {
            **_facts(request),
            "reason": request.extension_reason,
        }
        _to_person(request, text, "extended")


def tell_ended(request: RightsRequest) -> None:
    with _language_of(request):
        if request.state == State.REFUSED:
            text = _("【邻里】%(number)s 没有办成：%(why)s。不服可以打 12345 或 12377。详情看手机或打 %(phone)s。") % {
                **_facts(request),
                "why": request.get_refusal_display(),
            }
        elif request.kind == Kind.COPY:
            text = _("【邻里】您要的那份信息做好了。七天内登录，就可以打开。没有手机，带上证件到社区打印。") % _facts(
                request
            )
        elif request.kind == Kind.DELETION:
            text = _("【邻里】%(number)s 办好了：您的信息已经删除。") % _facts(request)
        else:
            text = _("【邻里】%(number)s 办好了，请登录看答复，或打 %(phone)s。") % _facts(request)
        _to_person(request, text, "ended")


def tell_owner(request: RightsRequest) -> None:
    if request.owner is not None and request.kind != Kind.COPY:
        with translation.override(request.owner.language):
            text = _("%(number)s 居民要求“%(kind)s”，最晚 %(by)s 答复。") % _facts(request)
            _to_staff(request, request.owner, text, f"owner:{request.version}")


def tell_deadline(request: RightsRequest, percent: int, to: str, round_: int) -> None:
    """A reminder to the owner, an escalation to the director as well."""
    people = {request.owner.pk: request.owner} if request.owner is not None else {}
    if to:
        people |= {account.pk: account for account in holders(Role(to))}
    for account in people.values():
        with translation.override(account.language):
            words = _("已经过了最晚的日子") if percent >= 100 else _("期限用了 %(percent)d%%") % {"percent": percent}
            text = _("%(number)s %(words)s：%(kind)s，最晚 %(by)s。") % {**_facts(request), "words": words}
            _to_staff(request, account, text, f"deadline:{round_}:{percent}")


def _language_of(request: RightsRequest):
    account = getattr(request.resident, "account", None) if request.resident is not None else None
    return translation.override(account.language if account is not None else "zh-hans")


def _facts(request: RightsRequest) -> dict[str, str]:
    return {
        "number": request.number,
        "kind": request.get_kind_display(),
        "by": moment(request.due_at),
        "phone": request.community.phone,
    }


def _to_person(request: RightsRequest, text: str, key: str) -> None:
    """Nobody who asks for a dead relative is called on the dead person's telephone."""
    if request.resident is not None and request.asked_as != AskedAs.RELATIVE:
        _send(request, mobile_of(request.resident, "matter_notice", about=f"rights:{request.pk}"), text, key)


def _to_staff(request: RightsRequest, account: Account, text: str, key: str) -> None:
    _send(
        request,
        mobile_of(account, "staff_notice", about=f"rights:{request.pk}"),
        text,
        f"{key}:account:{account.pk}",
    )


def _send(request: RightsRequest, to: str | None, text: str, key: str) -> None:
    """Whoever has no mobile number gets the answer on paper from who wrote the request down."""
    if to is None:
        return
    send(
        to,
        text[:LONGEST],
        key=f"rights:{request.pk}:{key}",
        about=f"rights:{request.pk}",
        community=request.community_id,
    )
