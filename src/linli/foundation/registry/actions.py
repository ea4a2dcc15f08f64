"""Changing the registry."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from pathlib import PurePath

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed
from linli.foundation.events.recording import record
from linli.foundation.registry.importing.checking import check_file, template_of
from linli.foundation.registry.importing.kinds import KINDS
from linli.foundation.registry.importing.planning import Plan
from linli.foundation.registry.importing.report import ImportReport
from linli.foundation.registry.importing.storing import store
from linli.foundation.registry.models import UPLOAD_KEPT, Community, ImportRun, ImportUpload
from linli.foundation.registry.rules.geometry import BadShape, surroundings
from linli.foundation.registry.uploads import content_of, sealed
from linli.foundation.tenancy import active_community_id


class Mode(StrEnum):
    """CHECK writes nothing; ALL writes only a file without a fault; GOOD writes the good rows."""

    CHECK = "check"
    ALL = "all"
    GOOD = "good"


def import_file(content: bytes, file_name: str, *, template: str, mode: Mode, actor: Actor) -> ImportReport:
    """Check the whole file and, as ``mode`` says, import it; the same file again changes nothing.

    Only community staff may. Raises :class:`Invalid` for a file that cannot be read or has other columns,
    :class:`NotFound` for an unknown template; rows at fault are in the report, never raised.
    """
    _refuse_strangers(actor)
    with transaction.atomic():
        Community.objects.select_for_update().get(pk=active_community_id())
        report, plan = check_file(content, file_name, template)
        if mode is Mode.GOOD or (mode is Mode.ALL and not report.bad):
            _write(report, plan, content, actor)
    return report


def keep_upload(content: bytes, file_name: str, *, template: str, actor: Actor) -> ImportUpload:
    """Keep a file of the actor's for a day, so that what was checked is what will be imported."""
    _refuse_strangers(actor)
    template_of(template)
    if actor.account_id is None:
        raise NotAllowed
    now = clock.real_now()
    with transaction.atomic():
        forget_old_uploads()
        return ImportUpload.objects.create(
            template=template,
            file_name=PurePath(file_name).name[:120],
            content=sealed(content),
            uploaded_by_id=actor.account_id,
            uploaded_at=now,
        )


def import_upload(upload: ImportUpload, *, mode: Mode, actor: Actor) -> ImportReport:
    """Import a kept file; it is forgotten at once unless rows were rejected, which can then still be fetched."""
    content = content_of(upload)
    with transaction.atomic():
        report = import_file(content, upload.file_name, template=upload.template, mode=mode, actor=actor)
        if report.imported and not report.bad:
            upload.delete()
    return report


def forget_old_uploads() -> int:
    """Delete uploads past their day; they hold personal data that the registry now holds properly."""
    old = ImportUpload.objects.filter(uploaded_at__lt=clock.real_now() - UPLOAD_KEPT)
    return old.delete()[0]


def _refuse_strangers(actor: Actor) -> None:
    if not (actor.system or actor.is_community_staff):
        raise NotAllowed


def _write(report: ImportReport, plan: Plan, content: bytes, actor: Actor) -> None:
    try:
        with transaction.atomic():
            store(KINDS[report.template], plan)
    except IntegrityError as error:
        raise Conflict(_("导入时登记簿被别人改动了，请再试一次。")) from error
    run = ImportRun.objects.create(
        template=report.template,
        file_name=report.file_name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        rejected=report.rejected,
        imported_by_id=actor.account_id,
        imported_at=clock.now(),
    )
    counts = {name: getattr(report, name) for name in ("created", "updated", "unchanged", "rejected")}
    record("registry.imported", run, actor=actor, template=run.template, sha256=run.sha256, **counts)
    report.imported, report.run_id = True, run.pk


def set_surroundings(given: object, *, actor: Actor) -> int:
    """Replace what the map draws around the buildings by a GeoJSON FeatureCollection in metres; returns its length.

    Each feature is a Polygon or LineString with ``properties.kind`` water, green, road or public. Raises :class:`Invalid`.
    """
    _refuse_strangers(actor)
    try:
        checked = surroundings(given)
    except BadShape as error:
        raise Invalid(str(error), code="surroundings_wrong", field="surroundings") from error
    with transaction.atomic():
        community = Community.objects.select_for_update().get(pk=active_community_id())
        community.surroundings = checked
        community.save(update_fields=["surroundings"])
        record("registry.surroundings_set", community, actor=actor, features=len(checked["features"]))
    return len(checked["features"])
