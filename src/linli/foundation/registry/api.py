"""The registry: lists of what a community holds, and its import by file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import File, Form, Path, Query, Router, Schema
from ninja.files import UploadedFile
from ninja.pagination import LimitOffsetPagination, paginate
from pydantic import Field

from linli.foundation import clock
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Invalid
from linli.foundation.privacy.door import masked
from linli.foundation.privacy.masking import mask_name
from linli.foundation.registry import queries
from linli.foundation.registry.actions import Mode, import_file, keep_upload
from linli.foundation.registry.importing.checking import template_of
from linli.foundation.registry.importing.reading import LARGEST_FILE
from linli.foundation.registry.importing.report import ImportReport
from linli.foundation.registry.models import Building, Entrance, Estate, Facility, Grid, Home, Resident

router = Router(tags=["registry"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_FAULTS = 1_000
LARGEST_ID = 2**63 - 1

Kind = Literal["grids", "estates", "buildings", "entrances", "homes", "residents", "owners", "facilities"]


class Pages(LimitOffsetPagination):
    class Input(Schema):
        limit: int = Field(100, ge=1, le=1000)
        offset: int = Field(0, ge=0, le=10_000_000)


class FaultOut(Schema):
    line: int = Field(description="line in the file, from 1")
    column: str
    reason: str


class ReportOut(Schema):
    """``created``, ``updated`` and ``unchanged`` are what the good rows did, or would do if ``imported`` is false."""

    template: Kind
    imported: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    faults: list[FaultOut] = Field(description=f"at most {MOST_FAULTS}; the file of rejected rows has all")
    ignored_columns: list[str]
    rejected_file: str | None = Field(description="where the rejected rows can be fetched as .xlsx for a day")


class EstateOut(Schema):
    id: int
    code: str
    name: str
    kind: str
    built_year: int | None
    outline: dict


class GridOut(Schema):
    id: int
    number: int
    name: str


class EntranceOut(Schema):
    id: int
    number: str
    has_lift: bool


class BuildingOut(Schema):
    id: int
    estate_id: int
    grid_id: int
    number: str
    storeys: int
    footprint: dict = Field(description="GeoJSON Polygon; metres, local frame, x east, y north")
    entrances: list[EntranceOut]

    @staticmethod
    def resolve_entrances(building: Building) -> list[Entrance]:
        return list(building.entrances.all())


class HomeOut(Schema):
    id: int
    entrance_id: int
    building_id: int
    number: str
    floor: int
    exclusive_area: int | None = Field(description="0.01 m²")

    @staticmethod
    def resolve_building_id(home: Home) -> int:
        return home.entrance.building_id


class ResidentOut(Schema):
    id: int
    code: str
    name: str = Field(description="masked: 欧***")
    sex: str
    age: int = Field(description="full years")
    phone: str = Field(description="masked: 199****0001")
    home_id: int | None
    household_id: int | None
    living_alone: bool
    left_on: date | None

    @staticmethod
    def resolve_name(resident: Resident) -> str:
        return mask_name(resident.name)

    @staticmethod
    def resolve_age(resident: Resident) -> int:
        return resident.age_on(clock.today())

    @staticmethod
    def resolve_phone(resident: Resident) -> str:
        return masked(resident, "phone")


class FacilityOut(Schema):
    id: int
    code: str
    name: str
    kind: str
    grid_id: int
    building_id: int | None
    entrance_id: int | None
    x: float
    y: float


class FieldOut(Schema):
    name: str
    known: int
    of: int


class HoldingOut(Schema):
    kind: str
    rows: int
    fields: list[FieldOut]
    fresh: int | None = Field(description="rows verified recently enough; null where rows are not verified one by one")
    last_verified: date | None
    last_imported_at: datetime | None

    @staticmethod
    def resolve_last_imported_at(holding: queries.Holding) -> datetime | None:
        return holding.last_import.imported_at if holding.last_import else None


@router.get("/registry/inventory", response=list[HoldingOut], summary="What is held, how complete, how fresh")
def inventory(request: ActorRequest):
    return queries.inventory(request.actor)


@router.post("/registry/imports", response=ReportOut, summary="Check or import a file")
def import_registry(
    request: ActorRequest,
    file: Annotated[UploadedFile, File(description="Excel (.xlsx, .xls) or CSV; at most 20 MB")],
    template: Annotated[Kind, Form()],
    mode: Annotated[Mode, Form(description="check writes nothing; all or nothing; good rows only")] = Mode.CHECK,
):
    """The whole file is checked first. With ``mode=all`` a file with a fault is refused (422 ``rows_rejected``)."""
    content, name = read_upload(file), file.name or ""
    report = import_file(content, name, template=template, mode=mode, actor=request.actor)
    answer = _report_out(report)
    if report.bad:
        upload = keep_upload(content, name, template=template, actor=request.actor)
        answer["rejected_file"] = reverse("api:rejected_rows", args=[upload.pk])
    if report.bad and mode is Mode.ALL:
        raise Invalid(
            _("%(bad)d 行有错，什么也没有导入。") % {"bad": report.rejected},
            code="rows_rejected",
            field="file",
            report=answer,
        )
    return answer


@router.get(
    "/registry/imports/{upload_id}/rejected.xlsx",
    url_name="rejected_rows",
    summary="The rejected rows with reasons",
)
def rejected_rows(request: ActorRequest, upload_id: int = Path(ge=1, le=LARGEST_ID)):
    upload = queries.upload(request.actor, upload_id)
    return xlsx(queries.rejected_file(upload), f"rejected-{upload.template}.xlsx")


@router.get("/registry/templates/{kind}", summary="A blank template as .xlsx")
def template_file(request: ActorRequest, kind: Kind):
    from linli.foundation.registry.importing.workbooks import blank_template

    return xlsx(blank_template(template_of(kind)), f"linli-{kind}.xlsx")


@router.get("/registry/estates", response=list[EstateOut])
@paginate(Pages)
def estates(request: ActorRequest):
    return Estate.objects.visible_to(request.actor).order_by("code")


@router.get("/registry/grids", response=list[GridOut])
@paginate(Pages)
def grids(request: ActorRequest):
    return Grid.objects.visible_to(request.actor)


@router.get("/registry/buildings", response=list[BuildingOut])
@paginate(Pages)
def buildings(
    request: ActorRequest,
    estate_id: int | None = Query(None, ge=1, le=LARGEST_ID),
    grid_id: int | None = Query(None, ge=1, le=LARGEST_ID),
):
    rows = Building.objects.visible_to(request.actor).prefetch_related("entrances")
    return _filtered(rows, estate=estate_id, grid=grid_id).order_by("estate__code", "number")


@router.get("/registry/homes", response=list[HomeOut])
@paginate(Pages)
def homes(
    request: ActorRequest,
    building_id: int | None = Query(None, ge=1, le=LARGEST_ID),
    entrance_id: int | None = Query(None, ge=1, le=LARGEST_ID),
):
    rows = Home.objects.visible_to(request.actor).select_related("entrance")
    return _filtered(rows, entrance__building=building_id, entrance=entrance_id).order_by("pk")


@router.get("/registry/residents", response=list[ResidentOut])
@paginate(Pages)
def residents(request: ActorRequest, home_id: int | None = Query(None, ge=1, le=LARGEST_ID)):
    return _filtered(Resident.objects.visible_to(request.actor), home=home_id).order_by("code")


@router.get("/registry/facilities", response=list[FacilityOut])
@paginate(Pages)
def facilities(
    request: ActorRequest,
    grid_id: int | None = Query(None, ge=1, le=LARGEST_ID),
    building_id: int | None = Query(None, ge=1, le=LARGEST_ID),
):
    rows = Facility.objects.visible_to(request.actor)
    return _filtered(rows, grid=grid_id, building=building_id).order_by("code")


def read_upload(file) -> bytes:
    """The uploaded bytes; refuses by size before reading."""
    if file.size > LARGEST_FILE:
        raise Invalid(
            _("文件有 %(size).1f MB，最多 %(max)d MB。请分成几个文件。")
            % {"size": file.size / 1024**2, "max": LARGEST_FILE // 1024**2},
            code="file_too_large",
            field="file",
        )
    return file.read()


def xlsx(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _filtered(rows, **wanted):
    return rows.filter(**{name: value for name, value in wanted.items() if value is not None})


def _report_out(report: ImportReport) -> dict:
    faults = [
        {"line": row.line, "column": fault.column, "reason": fault.reason} for row in report.bad for fault in row.faults
    ]
    counts = {name: getattr(report, name) for name in ("rows", "created", "updated", "unchanged", "rejected")}
    return {
        "template": report.template,
        "imported": report.imported,
        "faults": faults[:MOST_FAULTS],
        "ignored_columns": report.ignored_columns,
        "rejected_file": None,
        **counts,
    }
