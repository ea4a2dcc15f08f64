"""From an uploaded file to the report and the plan of what it would do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.errors import Invalid, NotFound
from linli.foundation.registry.importing.kinds import KINDS
from linli.foundation.registry.importing.planning import Plan, plan_import
from linli.foundation.registry.importing.reading import read_table
from linli.foundation.registry.importing.report import ImportReport
from linli.foundation.registry.rules.checking import BadHeading, Row, check_rows, match_headings
from linli.foundation.registry.rules.templates import TEMPLATES, Template

_further: dict[str, Template] = {}


def further_template(template: Template) -> None:
    """Let another app keep uploads and hand out blank files of its own kind; it imports them itself."""
    _further[template.kind] = template


def template_of(kind: str) -> Template:
    found = TEMPLATES.get(kind) or _further.get(kind)
    if found is None:
        raise NotFound(_("没有这种模板。"), field="template")
    return found


def checked_rows(content: bytes, template: Template) -> tuple[list[Row], Sequence[object], list[str]]:
    """The rows of a file, each checked for itself; its headings, and those that the template does not know.

    Raises :class:`Invalid` for a file that cannot be read or has other columns.
    """
    table = read_table(content)
    try:
        columns, ignored = match_headings(template, table.headings)
    except BadHeading as error:
        raise Invalid(str(error), code="headings_wrong", field="file") from error
    return check_rows(template, columns, table.lines, today=clock.today()), table.headings, ignored


def check_file(content: bytes, file_name: str, kind: str) -> tuple[ImportReport, Plan]:
    """What the file would do, with every row at fault; writes nothing.

    Raises :class:`Invalid` for a file that cannot be read or has other columns, :class:`NotFound` for an unknown kind.
    """
    if (template := TEMPLATES.get(kind)) is None:
        raise NotFound(_("没有这种模板。"), field="template")
    rows, headings, ignored = checked_rows(content, template)
    plan = plan_import(template, KINDS[template.kind], rows)
    report = ImportReport(
        template=template.kind,
        file_name=PurePath(file_name).name[:120],
        rows=len(rows),
        created=len(plan.create),
        updated=len(plan.update),
        unchanged=plan.unchanged,
        bad=[r for r in rows if r.faults],
        headings=headings,
        ignored_columns=ignored,
    )
    return report, plan
