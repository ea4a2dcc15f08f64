"""Whether a declaration may stand as it is written; raises :class:`Invalid` naming the field and what would be right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.errors import Invalid
from linli.foundation.privacy.purposes import Purpose, in_force
from linli.foundation.privacy.sensing.kinds import Kind, kind_of
from linli.foundation.privacy.sensing.models import Declaration, Room
from linli.foundation.privacy.sensing.rules import entry, forbidden
from linli.foundation.privacy.sensing.rules.zones import BadZones, zones_from
from linli.foundation.registry.models import Building, Entrance, Estate, Facility, Home

DAYS_A_MONTH = 31
PLACES = {"estate": Estate, "building": Building, "entrance": Entrance, "facility": Facility, "home": Home}
PHONE = re.compile(r"[0-9+ -]{5,20}")
FACE_METRICS = frozenset({"entries_face"})


@dataclass(frozen=True)
class Content:
    """What is declared. ``place`` is (``estate`` … ``home``, primary key), ``None`` for the whole community."""

    type: str
    name: str
    room: str
    position: str
    purpose: str
    stored: Sequence[str]
    keep_days: int
    viewers: Sequence[str]
    alternative: str
    installer: str
    responsible: str
    responsible_phone: str
    place: tuple[str, int] | None = None
    inside_homes: bool = False
    methods: Sequence[str] = ()
    tried_method: str = ""
    tried_on: date | None = None
    tried_by: str = ""
    zones: Sequence[dict] = field(default_factory=tuple)
    looks_into_no_home: bool = False


def purposes_for(kind: Kind, *, inside_homes: bool) -> list[Purpose]:
    """For what a kind may be declared: inside homes by consent only, elsewhere what names it."""
    return [one for one in in_force().values() if kind.key in (one.senses if inside_homes else one.observes)]


def columns_of(content: Content) -> dict:
    """The columns of a declaration, checked."""
    kind = kind_of(content.type)
    if kind is None:
        raise Invalid(_("请选择是哪一种设备。"), code="unknown_kind", field="type")
    words = {
        name: _words(content, name)
        for name in ("name", "position", "alternative", "installer", "responsible", "responsible_phone")
    }
    if not PHONE.fullmatch(words["responsible_phone"]):
        raise Invalid(_("电话只能写数字和 -。"), code="bad_phone", field="responsible_phone")
    place = _place(content, kind)
    _refuse_forbidden(content, kind)
    purpose = _purpose(content, kind)
    columns = {
        **words,
        **place,
        "type": kind.key,
        "inside_homes": content.inside_homes,
        "room": content.room,
        "purpose": purpose.key,
        "stored": _stored(content, kind),
        "keep_days": _keep_days(content, purpose),
        "viewers": _viewers(content, purpose),
    }
    return columns | _ways_in(content, kind) | _view(content, kind)


def refuse_unapprovable(declaration: Declaration) -> None:
    """What may lack in a draft, but not in what is proposed or approved; raises :class:`Invalid`."""
    kind = kind_of(declaration.type)
    if kind is None or declaration.purpose not in in_force():
        raise Invalid(_("这个用途已经取消，请重新选。"), code="purpose_gone", field="purpose")
    if kind.sees and forbidden.forbids(
        declaration.room, f"{declaration.name} {declaration.position}", inside_homes=declaration.inside_homes
    ):
        raise Invalid(_("这个地方不能装会看的设备。"), code="forbidden_place", field="room")
    if kind.sees and not declaration.looks_into_no_home:
        raise Invalid(
            _("请先看一遍画面，确认拍不到别人家里，再打勾。"), code="view_unchecked", field="looks_into_no_home"
        )
    if kind.opens:
        _refuse_ways(declaration)


def _refuse_ways(declaration: Declaration) -> None:
    trouble = entry.trouble_with(declaration.methods, declaration.tried_method, declaration.tried_on, clock.today())
    if trouble == "no_way":
        raise Invalid(_("请写明有哪些进门办法。"), code=trouble, field="methods")
    if trouble == "face_alone":
        raise Invalid(
            _("不能只靠刷脸。至少还要有一种不用手机也能用的办法：刷卡、密码、钥匙、呼叫或值班人员。"),
            code=trouble,
            field="methods",
        )
    if trouble == "not_tried":
        raise Invalid(_("请先用刷脸以外的办法进一次门，写上哪天、谁试的。"), code=trouble, field="tried_on")


def _words(content: Content, name: str) -> str:
    text = " ".join(str(getattr(content, name)).replace("\0", "").split())
    most = getattr(Declaration._meta.get_field(name), "max_length", None)
    if not text:
        raise Invalid(_("还缺一项，补上才能继续。"), code="missing", field=name)
    if most is not None and len(text) > most:
        raise Invalid(_("太长了，最多 %(n)d 个字。") % {"n": most}, code="too_long", field=name)
    return text


def _place(content: Content, kind: Kind) -> dict:
    columns: dict = dict.fromkeys(PLACES)
    if content.place is None:
        if kind.sees or kind.opens:
            raise Invalid(_("请写明装在哪个小区、哪幢楼或哪个设施。"), code="place_missing", field="place")
        return columns
    level, pk = content.place
    if level not in PLACES or not PLACES[level].objects.filter(pk=pk).exists():
        raise Invalid(_("没有找到这个位置。"), code="unknown_place", field="place")
    if level == "home" and not content.inside_homes:
        raise Invalid(_("装在家里的，请勾上“装在家里”。"), code="home_is_inside", field="inside_homes")
    if level == "facility" and content.inside_homes:
        raise Invalid(_("公共设施不在家里。"), code="facility_is_outside", field="inside_homes")
    columns[level] = PLACES[level].objects.get(pk=pk)
    return columns


def _refuse_forbidden(content: Content, kind: Kind) -> None:
    if content.room not in Room.values:
        raise Invalid(_("请选择装在什么地方。"), code="unknown_room", field="room")
    if content.inside_homes != (content.room in forbidden.AT_HOME):
        raise Invalid(_("“装在家里”和“什么地方”对不上，请看一遍。"), code="room_contradicts", field="room")
    if not (kind.sees or entry.FACE in content.methods):
        return
    why = forbidden.forbids(content.room, f"{content.name} {content.position}", inside_homes=content.inside_homes)
    if why == "at_home":
        raise Invalid(_("家里不能装会看、会认脸的设备。"), code="forbidden_place", field="inside_homes")
    if why:
        raise Invalid(
            _("卧室、卫生间、浴室、更衣室、母婴室、客房、宿舍、包间和投票的地方，都不能装会看、会认脸的设备。"),
            code="forbidden_place",
            field="room" if why == "forbidden_room" else "position",
        )


def _purpose(content: Content, kind: Kind) -> Purpose:
    allowed = {one.key: one for one in purposes_for(kind, inside_homes=content.inside_homes)}
    if content.purpose not in allowed:
        raise Invalid(
            _("这种设备在这里没有登记过的用途。先在用途登记里加上，再来公示。")
            if not allowed
            else _("请选择它用来做什么。"),
            code="unknown_purpose",
            field="purpose",
        )
    return allowed[content.purpose]


def _stored(content: Content, kind: Kind) -> list[str]:
    stored = [metric for metric in kind.metrics if metric in content.stored]
    if not stored or set(content.stored) - set(kind.metrics):
        raise Invalid(_("请选择留下哪些数据，没选的一律不留。"), code="unknown_metric", field="stored")
    if FACE_METRICS & set(stored) and entry.FACE not in content.methods:
        raise Invalid(_("没有刷脸的门，不能留刷脸的次数。"), code="no_face_here", field="stored")
    return stored


def _keep_days(content: Content, purpose: Purpose) -> int:
    most = purpose.keep_months * DAYS_A_MONTH
    if not 1 <= content.keep_days <= most:
        raise Invalid(_("这个用途最多留 %(n)d 天。") % {"n": most}, code="kept_too_long", field="keep_days")
    return content.keep_days


def _viewers(content: Content, purpose: Purpose) -> list[str]:
    viewers = sorted(set(content.viewers))
    if not viewers or set(viewers) - set(purpose.roles):
        raise Invalid(_("请选择谁可以看。这个用途没有写的人，不能看。"), code="unknown_viewer", field="viewers")
    return [str(one) for one in viewers]


def _ways_in(content: Content, kind: Kind) -> dict:
    methods = [method for method in entry.METHODS if method in content.methods]
    if set(content.methods) - set(entry.METHODS) or (methods and not kind.opens):
        raise Invalid(_("请写明有哪些进门办法。"), code="unknown_method", field="methods")
    if content.tried_method and content.tried_method not in entry.other_ways(methods):
        raise Invalid(_("试过的要是刷脸以外、写在上面的办法。"), code="unknown_method", field="tried_method")
    if content.tried_on is not None and content.tried_on > clock.today():
        raise Invalid(_("试的日子不能在以后。"), code="in_future", field="tried_on")
    return {
        "methods": methods,
        "tried_method": content.tried_method,
        "tried_on": content.tried_on,
        "tried_by": content.tried_by.strip()[:40],
    }


def _view(content: Content, kind: Kind) -> dict:
    if not kind.sees:
        if content.zones:
            raise Invalid(_("只有会看的设备才画区域。"), code="no_view", field="zones")
        return {"zones": [], "looks_into_no_home": False}
    try:
        zones = zones_from(content.zones)
    except BadZones as bad:
        raise Invalid(_zone_words(bad), code=bad.code, field="zones", zone=bad.key) from None
    rows = [
        {"key": one.key, "name": one.name, "corners": [list(corner) for corner in one.corners], "masked": one.masked}
        for one in zones
    ]
    return {"zones": rows, "looks_into_no_home": content.looks_into_no_home}


def _zone_words(bad: BadZones) -> str:
    sentences = {
        "no_zone": _("至少画一个计数的区域。"),
        "too_many": _("区域太多了，最多 12 个。"),
        "bad_key": _("区域代号只能用小写字母、数字和 -，最多 15 个。"),
        "key_twice": _("区域代号 %(key)s 用了两次。"),
        "no_name": _("区域 %(key)s 还没有名字，最多 30 个字。"),
        "bad_corners": _("区域 %(key)s 要有 3 到 16 个角，每个角两个数。"),
        "outside": _("区域 %(key)s 的角要在 0 到 1 之间。"),
        "crosses_itself": _("区域 %(key)s 的边自己交叉了。"),
        "too_small": _("区域 %(key)s 太小了。"),
        "overlaps_mask": _("区域 %(key)s 伸进了遮住的地方。"),
    }
    return sentences[bad.code] % {"key": bad.key}
