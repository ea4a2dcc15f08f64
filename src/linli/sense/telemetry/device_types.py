"""The device type catalogue: what each kind of device measures, in which unit, within which range, how often, and why.

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

SIGNS = {"m3": "m³", "Cel": "°C", "m/s2": "m/s²", "ug/m3": "µg/m³", "[ppm]": "ppm"}
"""Of UCUM signs that people do not read as they stand."""


@dataclass(frozen=True)
class Metric:
    """``low`` and ``high`` are both still in range; ``unit`` is the SI or UCUM sign, empty for a plain number.

    One that ``counts`` only ever rises, until the meter is replaced. One that ``varies`` is never exactly the same for a
    day: if it is, the sensor is stuck. What has a unit may be calibrated, but for counters: their leap would look like use.
    """

    key: str
    label: Promise
    unit: str
    low: float
    high: float
    meaning: Promise
    counts: bool = False
    varies: bool = False

    @property
    def sign(self) -> str:
        """The unit as people write it."""
        return SIGNS.get(self.unit, self.unit)

    @property
    def is_switch(self) -> bool:
        """Yes (1) or no (0)."""
        return (self.low, self.high) == (0, 1) and not self.unit

    @property
    def may_be_calibrated(self) -> bool:
        return bool(self.unit) and not self.counts and self.key != "battery"


@dataclass(frozen=True)
class DeviceType:
    """``cadence`` is the longest pause between two messages of a healthy device.

    ``any_past`` devices replay old series: their times may lie any length in the past. A ``gateway`` measures
    nothing itself: it may publish for every device of its community. A ``bridge`` brings what a gateway's own message server
    holds, in Home Assistant's way: nothing of it is kept but what a person takes in.

    ``sensitive`` devices tell of people: each needs a declaration where it stands and an impact assessment of its type.
    One that ``sees`` has an eye: it says whole counts and events by zone (``people@gate``) and nothing else is ever kept
    of it. One that ``opens`` lets people in. ``bodily`` data is health data. ``why`` stands on its sign in the place of the
    words of a purpose that it shares with other devices.
    """

    key: str
    label: Promise
    cadence: timedelta
    metrics: Mapping[str, Metric]
    any_past: bool = False
    gateway: bool = False
    bridge: bool = False
    sensitive: bool = False
    sees: bool = False
    opens: bool = False
    bodily: bool = False
    why: str | Promise = ""

    @property
    def has_battery(self) -> bool:
        return "battery" in self.metrics


ZONE_MARK = "@"
"""Between a metric and the zone of a camera's view in which it was counted."""

BATTERY_LOW = 15
"""Percent under which a device's silence or readings no longer mean anything (``domain.md`` §5.5)."""


def _type(
    key: str, label: Promise, cadence: timedelta, *metrics: Metric, why: str | Promise = "", **traits: bool
) -> DeviceType:
    return DeviceType(key, label, cadence, {metric.key: metric for metric in metrics}, why=why, **traits)


_battery = Metric("battery", _("电池电量"), "%", 0, 100, _("剩下的电量。低于 15% 时，读数不再可信。"))


def _yes(key: str, label: Promise, meaning: Promise) -> Metric:
    return Metric(key, label, "", 0, 1, meaning)


def _count(key: str, label: Promise, meaning: Promise, unit: str = "", high: float = 1e9) -> Metric:
    return Metric(key, label, unit, 0, high, meaning, counts=True)


def _level(key: str, label: Promise, unit: str, low: float, high: float, meaning: Promise) -> Metric:
    return Metric(key, label, unit, low, high, meaning, varies=True)


CATALOGUE: Mapping[str, DeviceType] = {
    device_type.key: device_type
    for device_type in (
        _type(
            "lift",
            _("电梯监测"),
            timedelta(minutes=1),
            Metric("floor", _("楼层"), "", -10, 200, _("轿厢现在在几层，地下为负。")),
            Metric("direction", _("运行方向"), "", -1, 1, _("1 上行，-1 下行，0 停着。")),
            _yes("door_open", _("轿门打开"), _("1 表示轿门没有关好。")),
            _yes("in_door_zone", _("在开锁区"), _("1 表示轿厢停在可以开门的位置。")),
            _yes("car_occupied", _("轿厢有人"), _("1 表示轿厢里有人。")),
            _yes("alarm_pressed", _("报警按钮"), _("1 表示有人按着轿厢里的报警按钮。")),
            Metric("speed", _("速度"), "m/s", -20, 20, _("轿厢的速度，上行为正。")),
            _count("trips", _("运行次数"), _("装好以来一共运行几次。")),
            _yes("service_mode", _("检修状态"), _("1 表示正在检修，不载客。")),
            Metric("level_offset", _("停层误差"), "mm", -500, 500, _("停下时轿厢地面比楼面高多少。")),
            Metric("vibration", _("左右抖动"), "m/s2", 0, 100, _("左右抖动的峰峰值，取 A95。")),
            _yes("ebike", _("发现电瓶车"), _("1 表示轿厢里有电瓶车。")),
            _count("door_cycles", _("累计开关门"), _("装好以来一共开关门几次。")),
            _count("relevels", _("累计再平层"), _("装好以来一共重新找平几次。")),
            _count("faults", _("累计故障"), _("装好以来控制柜一共报过几次故障。")),
            _yes("mains", _("供电正常"), _("0 表示停电，靠备用电源。")),
            _yes("fire_mode", _("消防状态"), _("1 表示正在消防运行，不载客。")),
            _yes("overload", _("超载"), _("1 表示超载，关不了门。")),
            _count("run_hours", _("累计运行"), _("装好以来一共运行几小时。"), unit="h", high=1e7),
            _level("machine_temperature", _("机房温度"), "Cel", -60, 150, _("机房里的温度，国标要求 5 到 40 度。")),
            _yes("pit_water", _("底坑有水"), _("1 表示底坑里有水。")),
            _level("noise", _("轿厢噪声"), "dB", 0, 140, _("轿厢里的噪声，A 计权。")),
        ),
        _type(
            "water_meter",
            _("水表"),
            timedelta(hours=1),
            _count("volume", _("累计用水"), _("水表上的读数，只增不减。"), unit="m3", high=1e7),
            _battery,
            sensitive=True,
        ),
        _type(
            "electricity_meter",
            _("电表"),
            timedelta(hours=1),
            _count("energy", _("累计用电"), _("电表上的读数，只增不减。"), unit="kWh"),
            sensitive=True,
        ),
        _type(
            "door_sensor",
            _("门磁"),
            timedelta(hours=6),
            _yes("open", _("门打开"), _("1 表示门开着。")),
            _battery,
            sensitive=True,
        ),
        _type(
            "camera",
            _("摄像头"),
            timedelta(minutes=5),
            Metric("people", _("人数"), "", 0, 5000, _("一个区域里有几个人，认不出是谁。")),
            _yes("fire", _("看见烟火"), _("1 表示区域里有火光或浓烟。")),
            _yes("blocked", _("出口被堵"), _("1 表示通道或出口被东西堵住。")),
            _yes("ebike", _("电瓶车进电梯"), _("1 表示电瓶车进了电梯。")),
            sensitive=True,
            sees=True,
        ),
        _type(
            "people_counter",
            _("客流计数"),
            timedelta(minutes=15),
            _count("entered", _("累计进"), _("装好以来一共进去几人次，认不出是谁。")),
            _count("left", _("累计出"), _("装好以来一共出来几人次，认不出是谁。")),
            _battery,
            sensitive=True,
            why=_("数一数这里进出几人次，人多了好来疏导。没有镜头，不拍照，不录音，认不出是谁。"),
        ),
        _type(
            "access_gate",
            _("门禁"),
            timedelta(hours=1),
            _yes("open", _("门打开"), _("1 表示门开着。")),
            _yes("forced", _("被撬开"), _("1 表示没有授权，门却开了。")),
            _count("entries_card", _("累计刷卡开门"), _("装好以来刷卡开门几次，不记是谁。")),
            _count("entries_code", _("累计按密码开门"), _("装好以来按密码开门几次，不记是谁。")),
            _count("entries_phone", _("累计手机开门"), _("装好以来手机开门几次，不记是谁。")),
            _count("entries_staff", _("累计值班人员开门"), _("装好以来值班人员开门几次。")),
            _count("entries_face", _("累计刷脸开门"), _("装好以来刷脸开门几次，不记是谁。")),
            sensitive=True,
            opens=True,
        ),
        _type(
            "smoke",
            _("烟感"),
            timedelta(hours=6),
            _yes("alarm", _("烟雾报警"), _("1 表示有烟。")),
            _battery,
        ),
        _type(
            "gas",
            _("燃气探测"),
            timedelta(hours=6),
            Metric("lel", _("燃气浓度"), "%", 0, 100, _("占爆炸下限的百分之几。")),
            _yes("valve_open", _("阀门打开"), _("1 表示燃气阀门开着。")),
            _battery,
        ),
        _type(
            "sos",
            _("求助按钮"),
            timedelta(hours=24),
            _yes("pressed", _("按下"), _("1 表示有人按下求助。")),
            _battery,
        ),
        _type(
            "presence",
            _("人体感应"),
            timedelta(hours=1),
            _yes("motion", _("有人走动"), _("1 表示有人走动（红外或毫米波）。")),
            _yes("bathroom", _("卫生间有人"), _("1 表示卫生间里有人。")),
            _battery,
            sensitive=True,
        ),
        _type(
            "fall_radar",
            _("跌倒雷达"),
            timedelta(hours=1),
            _yes("fallen", _("摔倒未起"), _("1 表示有人摔倒，还没有起来。")),
            sensitive=True,
            bodily=True,
        ),
        _type(
            "bed_mat",
            _("床垫感应"),
            timedelta(hours=1),
            _yes("in_bed", _("在床上"), _("1 表示床上有人。")),
            Metric("heart_rate", _("心率"), "/min", 0, 300, _("每分钟心跳几次。")),
            Metric("breath_rate", _("呼吸"), "/min", 0, 100, _("每分钟呼吸几次。")),
            sensitive=True,
            bodily=True,
        ),
        _type(
            "climate",
            _("温湿度"),
            timedelta(minutes=30),
            _level("temperature", _("温度"), "Cel", -60, 100, _("空气的温度。")),
            _level("humidity", _("湿度"), "%", 0, 100, _("空气的相对湿度。")),
            _battery,
        ),
        _type(
            "water_leak",
            _("水浸"),
            timedelta(hours=6),
            _yes("wet", _("有水"), _("1 表示地上有水。")),
            _battery,
        ),
        _type(
            "charger",
            _("充电桩"),
            timedelta(minutes=5),
            Metric("power", _("功率"), "W", 0, 500_000, _("电瓶车充电用的功率，0 表示没有车在充。")),
            _level("temperature", _("温度"), "Cel", -60, 300, _("充电桩里的温度。")),
        ),
        _type(
            "noise",
            _("噪声"),
            timedelta(minutes=5),
            _level("level", _("噪声"), "dB", 0, 150, _("五分钟的等效声级，A 计权（GB 3096）。")),
            _level("peak", _("最响"), "dB", 0, 160, _("五分钟里最响的声级，A 计权。")),
        ),
        _type(
            "air",
            _("空气质量"),
            timedelta(minutes=15),
            _level("pm25", _("PM2.5"), "ug/m3", 0, 2_000, _("细颗粒物的浓度（GB 3095）。")),
            _level("pm10", _("PM10"), "ug/m3", 0, 5_000, _("可吸入颗粒物的浓度（GB 3095）。")),
            _level("co2", _("二氧化碳"), "[ppm]", 0, 20_000, _("二氧化碳的浓度。")),
            _level("temperature", _("温度"), "Cel", -60, 100, _("空气的温度。")),
            _level("humidity", _("湿度"), "%", 0, 100, _("空气的相对湿度。")),
        ),
        _type(
            "pipe_pressure",
            _("管道压力"),
            timedelta(minutes=15),
            _level("pressure", _("水压"), "kPa", -100, 4_000, _("管里的水压，比大气压高多少。")),
            _battery,
        ),
        _type(
            "street_lamp",
            _("路灯"),
            timedelta(minutes=15),
            _yes("lit", _("亮着"), _("1 表示灯亮着。")),
            Metric("power", _("功率"), "W", 0, 5_000, _("灯现在用的功率。")),
            Metric("brightness", _("亮度"), "%", 0, 100, _("调到全亮的百分之几。")),
            _yes("fault", _("报故障"), _("1 表示控制器说灯坏了。")),
        ),
        _type(
            "series",
            _("历史数据回放"),
            timedelta(days=1),
            Metric("value", _("数值"), "", -inf, inf, _("从文件里回放的旧数据，什么都可以。")),
            any_past=True,
        ),
        _type("gateway", _("网关"), timedelta(minutes=5), gateway=True),
        _type("bridge", _("网桥"), timedelta(hours=1), bridge=True),
    )
}
