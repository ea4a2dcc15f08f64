"""Enrolling many devices from a table: checked whole first, then all rows or the good ones (``DESIGN.md`` §10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.sensing.grounds import grounds_of
from linli.foundation.privacy.sensing.hearing import UNCONSENTED, hearings
from linli.foundation.privacy.sensing.kinds import is_sensitive
from linli.foundation.registry.actions import Mode
from linli.foundation.registry.importing.checking import checked_rows, further_template
from linli.foundation.registry.importing.places import Places
from linli.foundation.registry.importing.report import ImportReport
from linli.foundation.registry.models import Facility, ImportUpload
from linli.foundation.registry.rules import cells
from linli.foundation.registry.rules.cells import BadCell
from linli.foundation.registry.rules.checking import Row
from linli.foundation.registry.rules.templates import Column, Template
from linli.foundation.registry.uploads import content_of
from linli.sense.telemetry.actions import (
    CODE,
    Enrolled,
    NewDevice,
    enrol_many,
    refuse_outsiders,
)
from linli.sense.telemetry.actions import (
    Places as NewPlaces,
)
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.directory import spot_of
from linli.sense.telemetry.models import Device

KIND = "devices"


def _types() -> dict[str, str]:
    """Spellings of each type, lower case: its key, and its Chinese name."""
    from django.utils import translation

    with translation.override("zh-hans"):
        named = {str(kind.label).lower(): key for key, kind in CATALOGUE.items()}
    return named | {key: key for key in CATALOGUE}


class _TypeCell:
    """Read when the first cell is: names need the translations, which are not there when modules are loaded."""

    def __call__(self, cell: object, today: Any) -> str:
        return cells.choice(_types())(cell, today)


TEMPLATE = Template(
    KIND, gettext_lazy("设备"), ("code",),
    (
        Column("code", "设备编号", "Device code", cells.code(48), "WM-000123", gettext_lazy("标签上的编号：字母、数字、- 和 _"), required=True),
        Column("type", "种类", "Type", _TypeCell(), "水表", gettext_lazy("设备的种类，例如 水表、烟感、路灯"), required=True),
        Column("name", "名称", "Name", cells.text(64), "3 幢总水表"),
        Column("facility", "设施编号", "Facility code", cells.code(32), "", gettext_lazy("装在电梯、路灯这样的设施上时填")),
        Column("estate", "小区编号", "Estate code", cells.code(32), "E01", gettext_lazy("与小区表的编号一致")),
        Column("building", "幢号", "Building number", cells.code(16), "3"),
        Column("entrance", "单元号", "Entrance number", cells.code(8), "1"),
        Column("home", "室号", "Room number", cells.code(16), "", gettext_lazy("装在家里时填；这户人家要先同意")),
        Column("installer", "安装人", "Fitted by", cells.text(80), "晚河物联"),
        Column("firmware", "固件", "Firmware", cells.text(64), "1.4.2"),
        Column("battery", "电量", "Battery", cells.decimal(0, 100), "100", gettext_lazy("百分之几")),
        Column("note", "校准记录", "Calibration", cells.text(200), "出厂校准 2026-01"),
    ),
)  # fmt: skip


@dataclass
class Checked:
    """``new`` holds the devices of the good rows, in the order of the file."""

    report: ImportReport
    new: list[NewDevice] = field(default_factory=list)


def check(content: bytes, file_name: str) -> Checked:
    """What the file would enrol, with every row at fault; writes nothing.

    Raises :class:`Invalid` for a file that cannot be read or has other columns.
    """
    rows, headings, ignored = checked_rows(content, TEMPLATE)
    taken = set(
        Device._base_manager.filter(code__in=[row.values.get("code", "") for row in rows]).values_list(
            "code", flat=True
        )
    )
    places = Places()
    facilities = dict(Facility.objects.values_list("code", "pk"))
    wanted: list[tuple[Row, NewDevice]] = []
    for row in rows:
        if (code := row.values.get("code")) is not None:
            if not CODE.fullmatch(code):
                row.reject(_heading("code"), _("设备编号只能用字母、数字、- 和 _，最多 48 个字符。"))
            elif code in taken:
                row.reject(_heading("code"), _("设备编号 %(code)s 已经在用。") % {"code": code})
        try:
            place = _place(row.values, places, facilities)
        except BadCell as wrong:
            row.reject(_heading(wrong.field or "building"), str(wrong))
            continue
        if not row.faults:
            told: dict[str, Any] = {
                name: row.values[name] for name in ("name", "installer", "firmware", "note") if row.values.get(name)
            }
            told |= {"battery": row.values.get("battery"), **place}
            new = NewDevice(row.values["code"], row.values["type"], **told)
            wanted.append((row, new))
    _reject_unheard(wanted)
    bad = [row for row in rows if row.faults]
    report = ImportReport(
        template=KIND, file_name=PurePath(file_name).name[:120], rows=len(rows), created=len(rows) - len(bad), bad=bad,
        headings=headings, ignored_columns=ignored,
    )  # fmt: skip
    return Checked(report, [new for row, new in wanted if not row.faults])


def enrol_upload(upload: ImportUpload, *, mode: Mode, actor: Actor) -> tuple[ImportReport, list[Enrolled]]:
    """Enrol the devices of a kept file: all rows, or in mode ``GOOD`` the good ones; the report says whether it was done.

    The file is forgotten at once: checked again, its enrolled rows would be rejected. The rejected ones are in the report.
    """
    refuse_outsiders(actor)
    with transaction.atomic():
        found = check(content_of(upload), upload.file_name)
        if not found.new or (mode is not Mode.GOOD and found.report.bad):
            return found.report, []
        enrolled = enrol_many(found.new, actor=actor)
        found.report.imported = True
        upload.delete()
    return found.report, enrolled


def _place(given: dict[str, Any], places: Places, facilities: dict[str, int]) -> dict[str, int]:
    if facility := given.get("facility"):
        if facility not in facilities:
            raise BadCell(_("没有编号为“%(name)s”的设施。") % {"name": facility}, field="facility")
        return {"facility_id": facilities[facility]}
    address = [given.get(part) for part in ("estate", "building", "entrance", "home")]
    named = [part for part in address if part is not None]
    if named != address[: len(named)] or len(named) == 1:
        raise BadCell(_("位置要从大到小填：小区编号、幢号、单元号、室号。"), field="building")
    match named:
        case []:
            raise BadCell(_("要填位置：设施编号，或者小区编号和幢号。"), field="building")
        case [_estate, _building]:
            return {"building_id": places.building(*named)}
        case [_estate, _building, _entrance]:
            return {"entrance_id": places.entrance(*named)}
    return {"home_id": places.home(*named)}


def _reject_unheard(wanted: list[tuple[Row, NewDevice]]) -> None:
    """Rows whose device may not be heard where it would stand: not declared, not assessed, or a home that has not agreed."""
    where = NewPlaces([new for _row, new in wanted])
    spots = {row.line: spot_of(Device(type=new.type, **where.of(new, row.line))) for row, new in wanted}
    grounds = grounds_of({spot for spot in spots.values() if is_sensitive(spot.type)})
    heard = hearings(set(spots.values()))
    for row, new in wanted:
        spot = spots[row.line]
        kind = CATALOGUE[new.type].label
        if is_sensitive(spot.type) and spot not in grounds:
            row.reject(_heading("type"), _("这个位置还没有公示“%(kind)s”，不能装。") % {"kind": kind})
        elif heard[spot].refused == UNCONSENTED:
            row.reject(_heading("home"), _("这户人家还没有同意用“%(kind)s”。") % {"kind": kind})


def _heading(name: str) -> str:
    return TEMPLATE.column(name).heading


def register() -> None:
    further_template(TEMPLATE)
