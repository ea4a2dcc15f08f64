"""From an uploaded file to the report and the plan of what it would do."""

from __future__ import annotations

from pathlib import PurePath

from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.errors import Invalid, NotFound
from linli.foundation.registry.importing.kinds import KINDS
from linli.foundation.registry.importing.planning import Plan, plan_import
from linli.foundation.registry.importing.reading import read_table
from linli.foundation.registry.importing.report import ImportReport
from linli.foundation.registry.rules.checking import BadHeading, check_rows, match_headings
from linli.foundation.registry.rules.templates import TEMPLATES, Template


def template_of(kind: str) -> Template:
    if kind not in TEMPLATES:
        raise NotFound(_("没有这种模板。"), field="template")
    return TEMPLATES[kind]


def check_file(content: bytes, file_name: str, kind: str) -> tuple[ImportReport, Plan]:
    """What the file would do, with every row at fault; writes nothing.

    Raises :class:`Invalid` for a file that cannot be read or has other columns, :class:`NotFound` for an unknown kind.
    """
    template, table = template_of(kind), read_table(content)
    try:
        columns, ignored = match_headings(template, table.headings)
    except BadHeading as error:
        raise Invalid(str(error), code="headings_wrong", field="file") from error
    rows = check_rows(template, columns, table.lines, today=clock.today())
    plan = plan_import(template, KINDS[template.kind], rows)
    report = ImportReport(
        template=template.kind,
        file_name=PurePath(file_name).name[:120],
        rows=len(rows),
        created=len(plan.create),
        updated=len(plan.update),
        unchanged=plan.unchanged,
        bad=[r for r in rows if r.faults],
        headings=table.headings,
        ignored_columns=ignored,
    )
    return report, plan
