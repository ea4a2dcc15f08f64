"""Why a message, or a part of one, is set aside: a stable code for programs, a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: Mapping[str, Promise] = {
    "bad_json": _("内容不是合法的 JSON。"),
    "bad_shape": _('内容应当是 {"t": 时间, "v": {指标: 数值}}，或者由它们组成的数组。'),
    "empty": _("消息里没有任何读数。"),
    "too_large": _("消息有 %(size)s 字节，最多 %(most)s 字节。"),
    "bad_time": _("时间 %(time)s 看不懂，应当是毫秒整数或 ISO 8601。"),
    "clock_ahead": _("时间 %(time)s 比社区时间快，设备的时钟可能不准。"),
    "clock_behind": _("时间 %(time)s 太早，设备的时钟可能不准。"),
    "unknown_device": _("没有登记编号为 %(device)s 的设备。"),
    "revoked_device": _("设备 %(device)s 已经停用。"),
    "wrong_community": _("设备 %(device)s 不属于社区 %(community)s。"),
    "unknown_metric": _("这种设备没有 %(metric)s 这个指标。"),
    "not_a_number": _("%(metric)s 的值不是数字。"),
    "not_finite": _("%(metric)s 的值不是有限的数。"),
    "out_of_range": _("%(metric)s 的值 %(value)s 超出范围 %(low)s 到 %(high)s。"),
    "and_more": _("这条消息里还有 %(count)s 处有问题。"),
}


def words_for(code: str, detail: Mapping[str, object]) -> str:
    """The sentence for ``code`` in the active language."""
    return str(REASONS[code]) % detail
