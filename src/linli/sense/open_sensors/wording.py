"""How a value of an open sensor is told to people."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from linli.sense.open_sensors.queries import Told

SIGNS: Mapping[str, str] = {
    "Cel": "℃", "m/s2": "m/s²", "m3": "m³", "m3/h": "m³/h", "ug/m3": "μg/m³", "mg/m3": "mg/m³",
    "[ppm]": "ppm", "lx": "lx",
}  # fmt: skip
"""Signs of UCUM that people write otherwise."""


def said(told: Told) -> str:
    """“23.4 ℃”, “有”, “没有”: a metric of 0 and 1 without a unit is told in words."""
    metric, value = told.metric, told.value
    if not metric.unit and (metric.low, metric.high) == (0, 1):
        return _("是") if value >= 0.5 else _("否")
    number = f"{value:.2f}".rstrip("0").rstrip(".")
    sign = _("分贝") if metric.unit == "dB(A)" else SIGNS.get(metric.unit, metric.unit)
    return f"{number} {sign}".strip()
