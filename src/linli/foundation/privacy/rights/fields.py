"""What of the registry a person may have corrected, and what a right value looks like."""

from __future__ import annotations

import re
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation import clock
from linli.foundation.errors import Invalid
from linli.foundation.registry.rules import identity

LONGEST_HEALTH = 200
CORRECTABLE = {
    "name": gettext_lazy("姓名"),
    "sex": gettext_lazy("性别"),
    "birth_date": gettext_lazy("生日"),
    "phone": gettext_lazy("电话"),
    "identity_number": gettext_lazy("身份证号"),
    "care_grade": gettext_lazy("照护等级"),
    "health": gettext_lazy("身体要注意什么"),
    "address": gettext_lazy("住址"),
    "living_alone": gettext_lazy("是不是一个人住"),
}
_SEX = {"女": "f", "男": "m", "f": "f", "m": "m", "female": "f", "male": "m"}
_YES = {"是": True, "不是": False, "否": False, "yes": True, "no": False}


def checked_value(field: str, value: str) -> str:
    """The value in the form in which it is kept as text; raises :class:`Invalid` saying what would be right."""
    value = " ".join(value.split())
    if not value:
        raise Invalid(_("请写上对的是什么。"), code="wanted_missing", field="wanted")
    match field:
        case "name" if len(value) > 64:
            raise Invalid(_("名字太长了。"), code="too_long", field="wanted")
        case "sex":
            if value.lower() not in _SEX:
                raise Invalid(_("请写：女，或者 男。"), code="bad_sex", field="wanted")
            return _SEX[value.lower()]
        case "birth_date":
            return _day(value).isoformat()
        case "phone":
            digits = re.sub(r"[\s-]", "", value)
            if not re.fullmatch(r"1\d{10}|0\d{9,11}", digits):
                raise Invalid(_("请写十一位手机号，或带区号的座机。"), code="bad_phone", field="wanted")
            return digits
        case "identity_number":
            try:
                return identity.normalised(value)
            except identity.BadIdentity:
                raise Invalid(
                    _("身份证号不对，请照着证件写 18 位。"), code="bad_identity_number", field="wanted"
                ) from None
        case "care_grade":
            if not re.fullmatch(r"[0-4]", value):
                raise Invalid(_("请写 0 到 4。0 是都能自己做，4 是都要人帮。"), code="bad_care_grade", field="wanted")
        case "health" if len(value) > LONGEST_HEALTH:
            raise Invalid(_("太长了，写最要紧的就行。"), code="too_long", field="wanted")
        case "living_alone":
            if value.lower() not in _YES:
                raise Invalid(_("请写：是，或者 不是。"), code="bad_answer", field="wanted")
            return "yes" if _YES[value.lower()] else "no"
        case "address" if len(value) > 120:
            raise Invalid(_("住址太长了，写小区、几幢、几室就行。"), code="too_long", field="wanted")
    return value


def _day(value: str) -> date:
    found = re.fullmatch(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?", value)
    try:
        day = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        day = None
    if day is None or not date(1900, 1, 1) <= day <= clock.today():
        raise Invalid(_("请这样写：1941-05-20。"), code="bad_date", field="wanted")
    return day
