"""What is noticed about devices, one row a kind of fault: counted while it lasts, ended when it is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation import clock
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.models import Device, Fault

FLOOD = "flood"

WORDS: Mapping[str, Promise] = {
    "shared": _("两台设备在用同一个密钥：%(peers)s。请换密钥。"),
    FLOOD: _("消息发得太多，有 %(count)s 条没有存。请检查固件，或者换密钥。"),
    "clock": _("时钟跳了 %(minutes)s 分钟。读数的时间不准。"),
    "stuck": _("“%(metric)s”%(hours)s 小时没有变过，一直是 %(value)s。"),
    "drift": _("“%(metric)s”偏了 %(by)s，以前不偏。"),
}
"""What each kind of fault says, with what of :attr:`Fault.detail`."""


def note_fault(device: Device, kind: str, **detail: Any) -> Fault:
    """Note that a fault is there; the same one again is counted on its row."""
    now = clock.now()
    with transaction.atomic():
        fault, made = Fault.objects.select_for_update().get_or_create(
            device=device,
            kind=kind,
            defaults={"community_id": device.community_id, "first_at": now, "last_at": now, "detail": detail},
        )
        if not made:
            fault.times = 1 if fault.over_at is not None else fault.times + 1
            fault.first_at = now if fault.over_at is not None else fault.first_at
            fault.last_at, fault.over_at, fault.detail = now, None, detail
            fault.save(update_fields=["times", "first_at", "last_at", "over_at", "detail"])
    return fault


def end_fault(device: Device, kind: str) -> None:
    """It is gone, or somebody did what ends it; nothing happens when there was none."""
    Fault.objects.filter(device=device, kind=kind, over_at__isnull=True).update(over_at=clock.now())


def open_faults(kind: str, devices: Iterable[int] | None = None) -> dict[int, dict[str, Any]]:
    """The details of the faults of one kind that are not over, by device; of some ``devices`` or of all in scope."""
    rows = Fault.objects.filter(kind=kind, over_at__isnull=True)
    if devices is not None:
        rows = rows.filter(device__in=list(devices))
    return dict(rows.values_list("device_id", "detail"))


def words_of(fault: Fault, device: Device) -> str:
    """The sentence of the device's fault in the active language."""
    detail = dict(fault.detail)
    if (metric := CATALOGUE[device.type].metrics.get(detail.get("metric", ""))) is not None:
        detail["metric"] = str(metric.label)
    return str(WORDS[fault.kind]) % detail
