"""What an offer means here: the kind of device, its declared metric, and the line from the gateway's unit to ours.

Device classes: https://www.home-assistant.io/integrations/sensor/#device-class and
https://www.home-assistant.io/integrations/binary_sensor/#device-class. Factors of units: SI brochure, 9th edition, and
NIST SP 811 appendix B for those outside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.sense.telemetry.calibrating import Line
from linli.sense.telemetry.device_types import CATALOGUE, DeviceType
from linli.sense.telemetry.discovery.announcing import Offer
from linli.sense.telemetry.discovery.templates import NotUnderstood, Template, as_number, as_word, taken, understood

MEANINGS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("binary_sensor", "smoke"): {"smoke": "alarm"},
    ("binary_sensor", "moisture"): {"water_leak": "wet"},
    ("binary_sensor", "door"): {"door_sensor": "open"},
    ("binary_sensor", "garage_door"): {"door_sensor": "open"},
    ("binary_sensor", "opening"): {"door_sensor": "open"},
    ("binary_sensor", "window"): {"door_sensor": "open"},
    ("binary_sensor", "motion"): {"presence": "motion"},
    ("binary_sensor", "occupancy"): {"presence": "motion"},
    ("binary_sensor", "presence"): {"presence": "motion"},
    ("sensor", "carbon_dioxide"): {"air": "co2"},
    ("sensor", "energy"): {"electricity_meter": "energy"},
    ("sensor", "humidity"): {"climate": "humidity", "air": "humidity"},
    ("sensor", "pm10"): {"air": "pm10"},
    ("sensor", "pm25"): {"air": "pm25"},
    ("sensor", "power"): {"charger": "power", "street_lamp": "power"},
    ("sensor", "pressure"): {"pipe_pressure": "pressure"},
    ("sensor", "sound_pressure"): {"noise": "level"},
    ("sensor", "temperature"): {
        "climate": "temperature", "air": "temperature", "charger": "temperature", "lift": "machine_temperature",
    },
    ("sensor", "water"): {"water_meter": "volume"},
}  # fmt: skip
"""By component and device class: what it would be in which kind of device."""

BATTERY = ("sensor", "battery")
"""In every kind of device that has one; alone it makes none."""

_SAME = Line(1.0, 0.0)
UNITS: Mapping[str, Mapping[str, Line]] = {
    "": {},
    "%": {"%": _SAME},
    "Cel": {"°C": _SAME, "℃": _SAME, "°F": Line(5 / 9, -160 / 9), "K": Line(1.0, -273.15)},
    "kWh": {"kWh": _SAME, "Wh": Line(1e-3, 0), "MWh": Line(1e3, 0), "MJ": Line(1 / 3.6, 0), "GJ": Line(1e3 / 3.6, 0)},
    "W": {"W": _SAME, "mW": Line(1e-3, 0), "kW": Line(1e3, 0)},
    "m3": {
        "m³": _SAME, "m3": _SAME, "L": Line(1e-3, 0), "mL": Line(1e-6, 0), "gal": Line(3.785411784e-3, 0),
        "ft³": Line(0.028316846592, 0), "CCF": Line(2.8316846592, 0),
    },
    "kPa": {
        "kPa": _SAME, "Pa": Line(1e-3, 0), "hPa": Line(0.1, 0), "mbar": Line(0.1, 0), "cbar": _SAME, "bar": Line(100.0, 0),
        "psi": Line(6.894757293168, 0), "inHg": Line(3.386389, 0), "mmHg": Line(0.1333224, 0),
    },
    "ug/m3": {"µg/m³": _SAME, "μg/m³": _SAME, "mg/m³": Line(1e3, 0)},
    "[ppm]": {"ppm": _SAME, "ppb": Line(1e-3, 0)},
    "dB": {"dB": _SAME, "dBA": _SAME},
}  # fmt: skip
"""By the unit of our metric: how each unit of a gateway becomes it."""

TROUBLES: Mapping[str, Promise] = {
    "no_class": _("没有写量的是什么（device_class）。"),
    "no_metric": _("“%(what)s”没有对应的指标。"),
    "other_kind": _("“%(kind)s”不量这个。"),
    "taken": _("%(metric)s 已经有一项在量。"),
    "unit": _("单位“%(unit)s”不认识。"),
    "template": _("取值的写法看不懂，只认 value_json 里的一项。"),
}
"""Why an offer cannot be used, in words."""


@dataclass(frozen=True)
class Use:
    """What becomes of one offer in a device of a kind: a metric, or the trouble with it."""

    metric: str = ""
    trouble: str = ""
    detail: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> str:
        return str(TROUBLES[self.trouble]) % dict(self.detail) if self.trouble else ""


@dataclass(frozen=True)
class Way:
    """How a state message becomes a value of ``metric``."""

    metric: str
    template: Template
    line: Line
    yes_or_no: tuple[str, str] | None


def proposed(offers: Sequence[Offer]) -> list[str]:
    """The kinds of device that the offers could make, the best first: the one that uses most of them."""
    fitting = {kind for offer in offers for kind in MEANINGS.get((offer.component, offer.device_class), ())}
    order = list(CATALOGUE)
    counted = {kind: sum(bool(use.metric) for use in uses(offers, kind)) for kind in fitting}
    battery = any((offer.component, offer.device_class) == BATTERY for offer in offers)
    least = {kind: 1 + (battery and CATALOGUE[kind].has_battery) for kind in fitting}
    usable = [kind for kind in fitting if counted[kind] >= least[kind]]
    return sorted(usable, key=lambda kind: (-counted[kind], order.index(kind)))


def uses(offers: Sequence[Offer], kind: str) -> list[Use]:
    """What becomes of each offer, in their order, in a device of ``kind``; a metric is told by one offer only."""
    device_type = CATALOGUE[kind]
    found: list[Use] = []
    metrics: set[str] = set()
    for offer in offers:
        use = _use(offer, device_type)
        if use.metric in metrics:
            use = Use("", "taken", (("metric", str(device_type.metrics[use.metric].label)),))
        found.append(use)
        metrics |= {use.metric} - {""}
    return found


def troubles(offers: Sequence[Offer]) -> list[Use]:
    """What stands against each offer where they make no device of any kind."""
    meanings = [MEANINGS.get((offer.component, offer.device_class), {}) for offer in offers]
    return [_use(offer, CATALOGUE[next(iter(kinds), "climate")]) for offer, kinds in zip(offers, meanings, strict=True)]


def way_of(offer: Offer, metric: str, kind: str) -> Way | None:
    """How the offer's messages become values of ``metric``; ``None`` where it does not mean that (any more)."""
    device_type = CATALOGUE[kind]
    if _use(offer, device_type).metric != metric:
        return None
    declared = device_type.metrics[metric]
    line = _SAME if declared.is_switch else UNITS[declared.unit][offer.unit]
    return Way(metric, understood(offer.template), line, (offer.on, offer.off) if declared.is_switch else None)


def said(way: Way, message: object) -> Any:
    """What a state message says by this way: a number, or what stands where a number should.

    ``message`` is its JSON where the template wants that, else its text. Raises :class:`~.templates.Silent`.
    """
    value = taken(way.template, message)
    if way.yes_or_no is not None:
        word = as_word(value)
        return 1 if word == way.yes_or_no[0] else 0 if word == way.yes_or_no[1] else word[:40]
    number = as_number(value)
    return way.line(number) if number is not None else as_word(value)[:40]


def _use(offer: Offer, device_type: DeviceType) -> Use:
    metric = _meant(offer, device_type)
    if isinstance(metric, Use):
        return metric
    declared = device_type.metrics[metric]
    if not declared.is_switch and offer.unit not in UNITS.get(declared.unit, {}):
        return Use("", "unit", (("unit", offer.unit or "—"),))
    try:
        understood(offer.template)
    except NotUnderstood:
        return Use("", "template")
    return Use(metric)


def _meant(offer: Offer, device_type: DeviceType) -> str | Use:
    meaning = (offer.component, offer.device_class)
    if meaning == BATTERY:
        return "battery" if device_type.has_battery else _other(device_type)
    if not offer.device_class:
        return Use("", "no_class")
    if meaning not in MEANINGS:
        return Use("", "no_metric", (("what", offer.device_class),))
    return MEANINGS[meaning].get(device_type.key) or _other(device_type)


def _other(device_type: DeviceType) -> Use:
    return Use("", "other_kind", (("kind", str(device_type.label)),))
