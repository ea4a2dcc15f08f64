"""From what a browser says about itself to words that its owner recognises, and from an address to its network."""

from __future__ import annotations

import ipaddress
import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

UNKNOWN = "other"
SYSTEMS = (
    ("harmony", re.compile(r"HarmonyOS|OpenHarmony")),
    ("ipad", re.compile(r"iPad")),
    ("iphone", re.compile(r"iPhone|iPod")),
    ("android", re.compile(r"Android")),
    ("windows", re.compile(r"Windows")),
    ("mac", re.compile(r"Macintosh|Mac OS X")),
    ("linux", re.compile(r"Linux|CrOS|X11")),
)
PROGRAMS = (
    ("wechat", re.compile(r"MicroMessenger")),
    ("alipay", re.compile(r"AlipayClient")),
    ("dingtalk", re.compile(r"DingTalk")),
    ("qq", re.compile(r"MQQBrowser|QQBrowser| QQ/")),
    ("uc", re.compile(r"UCBrowser|UBrowser")),
    ("quark", re.compile(r"Quark/")),
    ("huawei", re.compile(r"HuaweiBrowser")),
    ("xiaomi", re.compile(r"MiuiBrowser")),
    ("edge", re.compile(r"Edg(?:e|A|iOS)?/")),
    ("firefox", re.compile(r"Firefox/|FxiOS/")),
    ("chrome", re.compile(r"Chrome/|CriOS/|Chromium/")),
    ("safari", re.compile(r"Safari/")),
)
SYSTEM_WORDS = {
    "harmony": gettext_lazy("鸿蒙手机"),
    "ipad": "iPad",
    "iphone": "iPhone",
    "android": gettext_lazy("安卓手机"),
    "windows": gettext_lazy("Windows 电脑"),
    "mac": gettext_lazy("苹果电脑"),
    "linux": gettext_lazy("Linux 电脑"),
    UNKNOWN: gettext_lazy("一台设备"),
}
PROGRAM_WORDS = {
    "wechat": gettext_lazy("微信"),
    "alipay": gettext_lazy("支付宝"),
    "dingtalk": gettext_lazy("钉钉"),
    "qq": gettext_lazy("QQ 浏览器"),
    "uc": gettext_lazy("UC 浏览器"),
    "quark": gettext_lazy("夸克"),
    "huawei": gettext_lazy("华为浏览器"),
    "xiaomi": gettext_lazy("小米浏览器"),
    "edge": "Edge",
    "firefox": "Firefox",
    "chrome": "Chrome",
    "safari": "Safari",
    UNKNOWN: gettext_lazy("程序"),
}
PHONES = frozenset({"harmony", "iphone", "android", "ipad"})


def device_of(user_agent: str) -> str:
    """``android.wechat``: the system and the program, and nothing by which one device is told from its like."""
    system = next((name for name, sign in SYSTEMS if sign.search(user_agent)), UNKNOWN)
    program = next((name for name, sign in PROGRAMS if sign.search(user_agent)), UNKNOWN)
    return f"{system}.{program}"


def in_words(device: str) -> str:
    """安卓手机，微信."""
    system, _dot, program = device.partition(".")
    words = str(SYSTEM_WORDS.get(system, SYSTEM_WORDS[UNKNOWN]))
    if program in PROGRAM_WORDS and program != UNKNOWN:
        words += _("，") + str(PROGRAM_WORDS[program])
    return words


def is_phone(device: str) -> bool:
    return device.partition(".")[0] in PHONES


def network_of(address: str) -> str:
    """Half of the address: ``115.200.*.*`` or ``2408:8440::/32``. Enough to say "not from here", too little to follow
    anybody; empty for what is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return str(ipaddress.ip_network((found, 32), strict=False))
        found = found.ipv4_mapped
    first, second, *_rest = str(found).split(".")
    return f"{first}.{second}.*.*"


def network_in_words(network: str) -> str:
    """The community's own network is named as such."""
    if not network:
        return _("不知道从哪里")
    probe = network.replace("*", "0").partition("/")[0]
    address = ipaddress.ip_address(probe)
    return _("本地网络") if address.is_private or address.is_loopback else _("网络 %(network)s") % {"network": network}
