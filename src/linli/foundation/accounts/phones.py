"""Mainland mobile numbers."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from linli.foundation.errors import Invalid

_MOBILE = re.compile(r"1[3-9]\d{9}")
_PREFIX = re.compile(r"^(?:\+|00)86")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９＋－", "0123456789+-")


def mobile(text: str) -> str:
    """``+86 199-0000-0001`` → ``19900000001``; raises :class:`Invalid` for anything that is not a mobile number."""
    digits = _PREFIX.sub("", re.sub(r"[\s()\-]", "", text.translate(_FULL_WIDTH)))
    if not _MOBILE.fullmatch(digits):
        raise Invalid(_("这不是手机号。请填 11 位数字，例如 19900000001。"), code="not_a_mobile_number", field="phone")
    return digits
