"""The device type catalogue: what each kind of device measures, in which unit, within which range, how often.

A metric that is not declared here, or a value outside its range, is not stored but quarantined with the reason.
Adding a device type is adding one entry to :data:`CATALOGUE`; one that tells of people says ``sensitive=True``, and some
purpose of ``purposes.toml`` must name it before it can be declared anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import inf

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Metric:
    """``low`` and ``high`` are both still in range; ``unit`` is the SI or UCUM sign, empty for a plain number."""

    key: str
    label: Promise
    unit: str
    low: float
    high: float


@dataclass(frozen=True)
class DeviceType:
    """``cadence`` is the longest pause between two messages of a healthy device.

    ``any_past`` devices replay old series: their times may lie any length in the past. A ``gateway`` measures
    nothing itself: it may publish for every device of its community.

    ``sensitive`` devices tell of people: each needs a declaration where it stands and an impact assessment of its type.
    One that ``sees`` has an eye: it says whole counts and events by zone (``people@gate``) and nothing else is ever kept
    of it. One that ``opens`` lets people in. ``bodily`` data is health data.
    """

    key: str
    label: Promise
    cadence: timedelta
    metrics: Mapping[str, Metric]
    any_past: bool = False
    gateway: bool = False
    sensitive: bool = False
    sees: bool = False
    opens: bool = False
    bodily: bool = False

    @property
    def has_battery(self) -> bool:
        return "battery" in self.metrics


ZONE_MARK = "@"
"""Between a metric and the zone of a camera's view in which it was counted."""

BATTERY_LOW = 15
"""Percent under which a device's silence or readings no longer mean anything (``domain.md`` §5.5)."""


def _type(key: str, label: Promise, cadence: timedelta, *metrics: Metric, **extra: bool) -> DeviceType:
    return DeviceType(key, label, cadence, {metric.key: metric for metric in metrics}, **extra)


_battery = Metric("battery", _("电池电量"), "%", 0, 100)

CATALOGUE: Mapping[str, DeviceType] = {
    device_type.key: device_type
    for device_type in (
        _type(
            "lift",
            _("电梯监测"),
            timedelta(minutes=1),
            Metric("floor", _("楼层"), "", -10, 200),
            Metric("door_open", _("轿门打开"), "", 0, 1),
            Metric("in_door_zone", _("在开锁区"), "", 0, 1),
            Metric("car_occupied", _("轿厢有人"), "", 0, 1),
            Metric("alarm_pressed", _("报警按钮"), "", 0, 1),
            Metric("speed", _("速度"), "m/s", -20, 20),
            Metric("trips", _("运行次数"), "", 0, 1e9),
            Metric("service_mode", _("检修状态"), "", 0, 1),
            Metric("level_offset", _("停层误差"), "mm", -500, 500),
            Metric("vibration", _("左右抖动"), "m/s2", 0, 100),
            Metric("ebike", _("发现电瓶车"), "", 0, 1),
            Metric("door_cycles", _("累计开关门"), "", 0, 1e9),
            Metric("relevels", _("累计再平层"), "", 0, 1e9),
            Metric("faults", _("累计故障"), "", 0, 1e9),
        ),
        _type(
            "water_meter",
            _("水表"),
            timedelta(hours=1),
            Metric("volume", _("累计用水"), "m3", 0, 1e7),
            _battery,
            sensitive=True,
        ),
        _type(
            "electricity_meter",
            _("电表"),
            timedelta(hours=1),
            Metric("energy", _("累计用电"), "kWh", 0, 1e9),
            sensitive=True,
        ),
        _type(
            "door_sensor",
            _("门磁"),
            timedelta(hours=6),
            Metric("open", _("门打开"), "", 0, 1),
            _battery,
            sensitive=True,
        ),
        _type(
            "camera",
            _("摄像头"),
            timedelta(minutes=5),
            Metric("people", _("人数"), "", 0, 5000),
            Metric("fire", _("看见烟火"), "", 0, 1),
            Metric("blocked", _("出口被堵"), "", 0, 1),
            Metric("ebike", _("电瓶车进电梯"), "", 0, 1),
            sensitive=True,
            sees=True,
        ),
        _type(
            "access_gate",
            _("门禁"),
            timedelta(hours=1),
            Metric("open", _("门打开"), "", 0, 1),
            Metric("forced", _("被撬开"), "", 0, 1),
            Metric("entries_card", _("累计刷卡开门"), "", 0, 1e9),
            Metric("entries_code", _("累计按密码开门"), "", 0, 1e9),
            Metric("entries_phone", _("累计手机开门"), "", 0, 1e9),
            Metric("entries_staff", _("累计值班人员开门"), "", 0, 1e9),
            Metric("entries_face", _("累计刷脸开门"), "", 0, 1e9),
            sensitive=True,
            opens=True,
        ),
        _type(
            "smoke",
            _("烟感"),
            timedelta(hours=6),
            Metric("alarm", _("烟雾报警"), "", 0, 1),
            _battery,
        ),
        _type(
            "gas",
            _("燃气探测"),
            timedelta(hours=6),
            Metric("lel", _("燃气浓度"), "%", 0, 100),
            Metric("valve_open", _("阀门打开"), "", 0, 1),
            _battery,
        ),
        _type(
            "sos",
            _("求助按钮"),
            timedelta(hours=24),
            Metric("pressed", _("按下"), "", 0, 1),
            _battery,
        ),
        _type(
            "presence",
            _("人体感应"),
            timedelta(hours=1),
            Metric("motion", _("有人走动"), "", 0, 1),
            Metric("bathroom", _("卫生间有人"), "", 0, 1),
            _battery,
            sensitive=True,
        ),
        _type(
            "fall_radar",
            _("跌倒雷达"),
            timedelta(hours=1),
            Metric("fallen", _("摔倒未起"), "", 0, 1),
            sensitive=True,
            bodily=True,
        ),
        _type(
            "bed_mat",
            _("床垫感应"),
            timedelta(hours=1),
            Metric("in_bed", _("在床上"), "", 0, 1),
            Metric("heart_rate", _("心率"), "/min", 0, 300),
            Metric("breath_rate", _("呼吸"), "/min", 0, 100),
            sensitive=True,
            bodily=True,
        ),
        _type(
            "charger",
            _("充电桩"),
            timedelta(minutes=5),
            Metric("power", _("功率"), "W", 0, 500_000),
            Metric("temperature", _("温度"), "Cel", -60, 300),
        ),
        _type(
            "series",
            _("历史数据回放"),
            timedelta(days=1),
            Metric("value", _("数值"), "", -inf, inf),
            any_past=True,
        ),
        _type("gateway", _("网关"), timedelta(minutes=5), gateway=True),
    )
}
