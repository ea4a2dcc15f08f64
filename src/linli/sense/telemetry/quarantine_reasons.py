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
    "announced_not_an_object": _("发现消息应当是一个 JSON 对象。"),
    "announced_without": _("发现消息里没有写 %(what)s。"),
    "announced_topic": _("发现消息里的主题 %(topic)s 不能用。"),
    "announced_twice": _("发现消息里有两项用了同一个名字。"),
    "announced_too_much": _("一台设备最多 %(most)s 项，这条消息里更多。"),
    "announced_too_many": _("一个网桥最多 %(most)s 台候选设备，这一台没有记下。"),
    "picture": _("这条消息里像有图片或录像，没有保存。"),
    "not_stored": _("数据库存不下这条消息，它说了什么没有留。"),
    "and_more": _("这条消息里还有 %(count)s 处有问题。"),
}

WITHHELD_REASONS: Mapping[str, Promise] = {
    "undeclared": _("装的地方没有公示，或者没有批准的影响评估。"),
    "undeclared_metric": _("公示里没有写要留这种数据。"),
    "not_taken": _("候选设备还没有接入，或者不接。"),
    "announced_too_fast": _("网桥的发现消息发得太多。"),
    "not_offered": _("没有哪台候选设备说过要发这个。"),
    "picture": _("像是图片或录像。"),
    "too_large": _("太长了，不像人数。"),
    "bad_shape": _("不是人数或事件。"),
    "bad_time": _("时间不对，设备的时钟可能不准。"),
    "unknown_metric": _("这种设备没有这个指标。"),
    "out_of_range": _("不是整数，或者超出范围。"),
    "no_zone": _("没有写是哪个区域。"),
    "unwatched_zone": _("公示里没有这个区域。"),
    "masked_zone": _("这个区域要遮住，不能数。"),
}
"""Why something of a sensitive device is counted and not kept."""


def words_for(code: str, detail: Mapping[str, object]) -> str:
    """The sentence for ``code`` in the active language."""
    return str(REASONS[code]) % detail
