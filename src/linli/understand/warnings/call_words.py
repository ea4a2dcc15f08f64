"""What a call says: by text message, telephone or browser, to staff of the community and to the street office."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.queries import actor_of
from linli.foundation.lifecycle.explaining import moment
from linli.foundation.registry.models import Community
from linli.understand.warnings.causes import groups
from linli.understand.warnings.models import Call, Ladder, Warning
from linli.understand.warnings.seeing import told_to


def place_words(warning: Warning, *, whole: bool = False) -> str:
    """Where to go, without a room in a message that may be read over a shoulder; ``whole`` with it."""
    if whole and warning.home is not None:
        return str(warning.home)
    if warning.kind in groups():
        return str(warning.evidence["where"])
    return str(warning.facility or warning.building or warning.grid)


def who_goes(ladder: Ladder) -> str:
    """Who said when that they go, and that no arrival is known: of a climb that asks after an answer."""
    assert ladder.said_at is not None and ladder.arrive_by is not None
    told = {
        "who": ladder.said_by.display_name if ladder.said_by is not None else _("有人"),
        "said": _clock(ladder.said_at),
        "now": _clock(ladder.ended_at or clock.now()),
    }
    if ladder.handed_from_id is not None:
        return _("%(said)s 转给 %(who)s 去，%(now)s 仍没有到场的消息") % told
    return _("%(who)s %(said)s 答应去，%(now)s 仍没有到场的消息") % told


def staff_text(call: Call, account: Account, link: str) -> str:
    warning, ladder = call.ladder.warning, call.ladder
    told = {
        "level": warning.level,
        "title": told_to(warning, actor_of(account)).title,
        "place": place_words(warning),
        "code": call.code,
        "link": link,
    }
    if call.reminds:
        assert ladder.said_at is not None
        promise = _("%(said)s 转给您去") if ladder.handed_from_id is not None else _("您 %(said)s 答应去")
        return _reminder(call) % (told | {"promise": promise % {"said": _clock(ladder.said_at)}})
    if ladder.asks_after:
        return _late(call) % (told | {"late": who_goes(ladder)})
    if call.way == Call.Way.VOICE:
        return _("%(level)s 预警：%(title)s，%(place)s。您去，请按 1。") % told
    if call.way == Call.Way.PUSH:
        return _("%(level)s 预警：%(title)s\n%(place)s。您去，请点开这里。") % told
    return _("%(level)s 预警：%(title)s，%(place)s。您去，请点 %(link)s 或者回 %(code)s。") % told


def street_text(call: Call, link: str) -> str:
    """The street sees no single warning: it hears that a community does not answer or arrive, and asks why."""
    community = Community.objects.get(pk=call.community_id)
    told = {
        "community": community.name,
        "phone": community.phone,
        "level": call.ladder.warning.level,
        "code": call.code,
        "link": link,
    }
    if call.ladder.asks_after:
        return _nobody_there(call) % told
    if call.way == Call.Way.VOICE:
        return _("%(community)s有一条 %(level)s 预警没有人应。您来过问，请按 1。") % told
    if call.way == Call.Way.PUSH:
        return _("%(community)s有一条 %(level)s 预警没有人应\n请打 %(phone)s。您来过问，请点开这里。") % told
    return (
        _("%(community)s有一条 %(level)s 预警没有人应，请打 %(phone)s。您来过问，请点 %(link)s 或者回 %(code)s。")
        % told
    )


def handed_text(ladder: Ladder, account: Account, link: str) -> str:
    """To whoever goes now, and to whoever needs no longer go: the case of the warning was handed on."""
    assert ladder.arrive_by is not None and ladder.said_at is not None
    warning = ladder.warning
    told = {
        "level": warning.level,
        "title": told_to(warning, actor_of(account)).title,
        "place": place_words(warning),
        "said": _clock(ladder.said_at),
        "by": _clock(ladder.arrive_by),
        "who": ladder.said_by.display_name if ladder.said_by is not None else _("有人"),
        "link": link,
    }
    if account.pk == ladder.said_by_id:
        return (
            _("%(level)s 预警：%(title)s，%(place)s。%(said)s 转给您去，最晚 %(by)s 到场。到了，请点 %(link)s") % told
        )
    return _("%(level)s 预警：%(title)s，%(place)s。%(said)s 转给 %(who)s 去了，您不用去了：%(link)s") % told


def finding_text(warning: Warning, account: Account, went: Account | None, link: str) -> str:
    """To whoever went (``went``) and to the lead of the grid: what was found has not been written down."""
    assert warning.arrived_at is not None
    told = {
        "level": warning.level,
        "title": told_to(warning, actor_of(account)).title,
        "place": place_words(warning),
        "at": _clock(warning.arrived_at),
        "who": went.display_name if went is not None else _("有人"),
        "link": link,
    }
    if went is not None and account.pk == went.pk:
        return (
            _("%(level)s 预警：%(title)s，%(place)s。您 %(at)s 到的现场，还没有写发现。看过了，请写：%(link)s") % told
        )
    return _("%(level)s 预警：%(title)s，%(place)s。%(who)s %(at)s 到的现场，还没有写发现。请问一声：%(link)s") % told


def _reminder(call: Call) -> str:
    match call.way:
        case Call.Way.VOICE:
            return _("%(level)s 预警：%(title)s，%(place)s。%(promise)s，还没有到场的消息。到了，请按 1。")
        case Call.Way.PUSH:
            return _("%(level)s 预警：%(title)s\n%(place)s。%(promise)s，还没有到场的消息。到了，请点开这里。")
    return _(
        "%(level)s 预警：%(title)s，%(place)s。%(promise)s，还没有到场的消息。到了，请点 %(link)s 或者回 %(code)s。"
    )


def _late(call: Call) -> str:
    match call.way:
        case Call.Way.VOICE:
            return _("%(level)s 预警：%(title)s，%(place)s。%(late)s。您去，请按 1。")
        case Call.Way.PUSH:
            return _("%(level)s 预警：%(title)s\n%(place)s。%(late)s。您去，请点开这里。")
    return _("%(level)s 预警：%(title)s，%(place)s。%(late)s。您去，请点 %(link)s 或者回 %(code)s。")


def _nobody_there(call: Call) -> str:
    match call.way:
        case Call.Way.VOICE:
            return _("%(community)s有一条 %(level)s 预警，有人答应去，一直没有到场。您来过问，请按 1。")
        case Call.Way.PUSH:
            return _(
                "%(community)s有一条 %(level)s 预警，有人答应去，一直没有到场\n请打 %(phone)s。您来过问，请点开这里。"
            )
    return _(
        "%(community)s有一条 %(level)s 预警，有人答应去，一直没有到场，请打 %(phone)s。您来过问，请点 %(link)s 或者回 %(code)s。"
    )


def _clock(at: datetime) -> str:
    """The hour, with its day unless that is today."""
    local = timezone.localtime(at)
    return f"{local:%H:%M}" if local.date() == timezone.localtime(clock.now()).date() else moment(at)
