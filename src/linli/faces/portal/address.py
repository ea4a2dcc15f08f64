"""How to greet somebody: 孟大爷, 方女士, and the right words for the hour."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.registry.models import Resident

ELDER_FROM = 60
_DOUBLE_SURNAMES = (
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 夏侯 端木 司徒 司空 长孙 宇文 鲜于 闻人 独孤 南宫 轩辕 百里"
)
DOUBLE_SURNAMES = frozenset(_DOUBLE_SURNAMES.split())


def surname(name: str) -> str:
    return name[:2] if len(name) > 2 and name[:2] in DOUBLE_SURNAMES else name[:1]


def called(resident: Resident, now: datetime) -> str:
    """Surname with 大爷 or 阿姨 from 60 on, 先生 or 女士 before; children and youths by their name."""
    age = resident.age_on(timezone.localtime(now).date())
    names = {"surname": surname(resident.name), "name": resident.name}
    if age < 18:
        return resident.name
    male = resident.sex == resident.Sex.MALE
    if age >= ELDER_FROM:
        return _("%(surname)s大爷") % names if male else _("%(surname)s阿姨") % names
    return _("%(surname)s先生") % names if male else _("%(surname)s女士") % names


def greeting(now: datetime) -> str:
    hour = timezone.localtime(now).hour
    if 5 <= hour < 9:
        return _("早上好")
    if 9 <= hour < 12:
        return _("上午好")
    if 12 <= hour < 14:
        return _("中午好")
    if 14 <= hour < 18:
        return _("下午好")
    if 18 <= hour < 23:
        return _("晚上好")
    return _("夜深了")
