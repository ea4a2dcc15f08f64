"""What gives a fraudulent message away, found by plain rules so that each sign can be named to the reader. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Sign:
    code: str
    pattern: re.Pattern[str]
    sentence: Promise


SIGNS = (
    Sign("code", re.compile(r"验证码|校验码|动态码"), _("要验证码。谁也不该要您的验证码。")),
    Sign(
        "money",
        re.compile(r"安全账户|转账|汇款|保证金|解冻|手续费|打款"),
        _("要转钱。“安全账户”是没有的。"),
    ),
    Sign("hurry", re.compile(r"立即|马上|今日内|逾期|过期|最后一天|24\s*小时内|否则"), _("催得很急，不让您想一想。")),
    Sign(
        "threat",
        re.compile(r"涉嫌|冻结|停用|注销|通缉|违法|拘留|征信"),
        _("吓唬人，说您犯了事或者要停用。"),
    ),
    Sign("prize", re.compile(r"中奖|免费领|领取|补贴|返利|高收益|稳赚"), _("有白来的好处。天上不会掉鸡蛋。")),
    Sign("share", re.compile(r"屏幕共享|共享屏幕|下载.{0,6}(?:软件|APP|应用)", re.IGNORECASE), _("要装软件或共享屏幕。")),
    Sign("link", re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|cn|net|top|xyz|cc|vip|icu)\b", re.IGNORECASE), _("带着链接。")),
)  # fmt: skip


def signs_in(words: str) -> list[Sign]:
    """Every sign that the message carries, in the order of :data:`SIGNS`; none is no promise that it is honest."""
    return [sign for sign in SIGNS if sign.pattern.search(words)]
