"""The words for fields, grounds and kinds of work on every page, so that all pages say the same."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from linli.foundation.privacy.purposes import Words

FIELD_WORDS = {
    "name": gettext_lazy("姓名"),
    "phone": gettext_lazy("电话"),
    "address": gettext_lazy("住址"),
    "birth_date": gettext_lazy("生日"),
    "identity_number": gettext_lazy("身份证号"),
    "health": gettext_lazy("身体要注意什么"),
    "care_grade": gettext_lazy("照护等级"),
    "finances": gettext_lazy("收入和财产"),
    "whereabouts": gettext_lazy("去过哪里"),
    "biometrics": gettext_lazy("人脸、指纹"),
}
SENSE_WORDS = {
    "water_meter": gettext_lazy("水表的读数"),
    "door_sensor": gettext_lazy("门开没开"),
    "smoke": gettext_lazy("烟感响没响"),
    "gas": gettext_lazy("空气里有没有燃气"),
    "sos": gettext_lazy("求助按钮按没按"),
    "electricity_meter": gettext_lazy("电表的读数"),
    "presence": gettext_lazy("有没有人走动"),
    "fall_radar": gettext_lazy("有没有人摔倒"),
    "bed_mat": gettext_lazy("在不在床上，心跳和呼吸"),
}
DEVICE_WORDS = {
    "water_meter": gettext_lazy("总水表"),
    "electricity_meter": gettext_lazy("总电表"),
    "door_sensor": gettext_lazy("门开没开"),
    "camera": gettext_lazy("摄像头"),
    "people_counter": gettext_lazy("数人次的设备"),
    "access_gate": gettext_lazy("大门的门禁"),
}
"""Devices in shared places."""

WORK_WORDS = {
    "account": gettext_lazy("登录账号"),
    "careround": gettext_lazy("定期走访"),
    "case": gettext_lazy("办一件事"),
    "charter": gettext_lazy("公约有修改"),
    "consent": gettext_lazy("您同意过的事"),
    "drill": gettext_lazy("防骗演练"),
    "arrival": gettext_lazy("还没人看的来件"),
    "export": gettext_lazy("把一份名单存成文件"),
    "joint": gettext_lazy("和别的单位一起数人数"),
    "look": gettext_lazy("查谁不该看"),
    "proxy": gettext_lazy("有人替您办事"),
    "publication": gettext_lazy("公布总数"),
    "release": gettext_lazy("公布大家的数"),
    "request": gettext_lazy("您反映的事"),
    "resident": gettext_lazy("核对名册"),
    "rights": gettext_lazy("您对自己信息的要求"),
    "rightsrequest": gettext_lazy("您对自己信息的要求"),
    "study": gettext_lazy("弄明白一件事"),
    "visit": gettext_lazy("上门看望"),
    "warning": gettext_lazy("报警"),
}
GROUND_WORDS = {
    "consent": gettext_lazy("您同意才用，随时可以撤回。"),
    "separate_consent": gettext_lazy("只问这一件，不和别的一起问。您同意才用，随时可以撤回。"),
    "contract": gettext_lazy("您要用这个服务，就得用到它。不用服务就不用它。"),
    "duty": gettext_lazy("这件事社区必须做，不另外问您。"),
    "emergency": gettext_lazy("救命的时候来不及问您，法律允许先救人。"),
}
GROUND_NAMES = {
    "consent": gettext_lazy("先问您"),
    "separate_consent": gettext_lazy("单独问您"),
    "contract": gettext_lazy("您要的服务"),
    "duty": gettext_lazy("法律让社区办"),
    "emergency": gettext_lazy("先救人"),
}


ARTICLE = re.compile(r"(\d+(?:–\d+)?)(?:\((\d+)\))?")


@dataclass(frozen=True)
class Explained:
    """A word of law or technology, and what it means."""

    word: Words
    means: Words


@cache
def glossary() -> Mapping[str, Explained]:
    """Every explained word by its key, in the order of ``glossary.toml``."""
    table = tomllib.loads(files(__package__).joinpath("glossary.toml").read_text(encoding="utf-8"))
    return {
        key: Explained(Words(one["zh"]["word"], one["en"]["word"]), Words(one["zh"]["means"], one["en"]["means"]))
        for key, one in table.items()
    }


def used_in(texts: Iterable[str], *, without: Collection[str] = ()) -> list[Explained]:
    """The explained words that occur in ``texts``, in the reader's language; ``without`` are keys of words that mean
    something else there."""
    said = " ".join(texts).casefold()
    return [one for key, one in glossary().items() if key not in without and str(one.word).casefold() in said]


def law_in_words(law: str) -> str:
    """``PIPL arts. 13(1), 29`` with the law's own name and its articles as people write them; other laws as they stand."""
    _pipl, found, articles = law.partition("PIPL art")
    listed = [ARTICLE.fullmatch(part.strip()) for part in articles.lstrip("s. ").split(",")]
    if not found or not all(listed):
        return law
    return _("《个人信息保护法》%(articles)s") % {
        "articles": _("、").join(_article(*one.groups()) for one in listed if one is not None)
    }


def _article(article: str, item: str | None) -> str:
    if item is None:
        return _("第 %(article)s 条") % {"article": article}
    return _("第 %(article)s 条第 %(item)s 项") % {"article": article, "item": item}


def months_in_words(months: int) -> str:
    """``36`` is three years."""
    if months % 12 == 0:
        return ngettext("%(n)d 年", "%(n)d 年", months // 12) % {"n": months // 12}
    return ngettext("%(n)d 个月", "%(n)d 个月", months) % {"n": months}
