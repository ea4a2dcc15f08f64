"""Documents drawn from the code: data model, states and the API's description. ``--check`` fails when they are stale."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
DRAWN_FROM_AT_MOST = 6
"""A verb that leads out of more states than this stands in the table alone: drawn, it would hide the path."""


def data_model() -> str:
    from django.apps import apps

    lines = [
        "# Data model",
        "",
        "Drawn from the code by `scripts/documents.py`; do not edit.",
        "",
        "Every row about a community has `community_id`, the tenant and shard key: the line to Community is left out.",
        "What a table of another app stands for is drawn there.",
        "",
    ]
    for config in apps.get_app_configs():
        models = list(config.get_models())
        if not models or not config.name.startswith("linli."):
            continue
        lines += [f"## {config.name.removeprefix('linli.').replace('.', '/')}", ""]
        for model in models:
            if doc := meaning(model):
                lines.append(f"- **{model.__name__}**: {doc}")
        lines += ["", "```mermaid", "erDiagram"]
        for model in models:
            lines += [f"  {model.__name__} {{", *columns(model), "  }"]
        for model in models:
            lines += relations(model)
        lines += ["```", ""]
    return "\n".join(lines).rstrip() + "\n"


def meaning(model) -> str:
    """The first paragraph of the model's own words."""
    doc = (model.__doc__ or "").strip()
    return "" if doc.startswith(f"{model.__name__}(") else " ".join(doc.split("\n\n")[0].split())


def columns(model) -> list[str]:
    found = []
    for field in model._meta.fields:
        if field.concrete and field.column:
            mark = " PK" if field.primary_key else " FK" if field.is_relation else " UK" if field.unique else ""
            kind = "ForeignKey" if field.is_relation else type(field).__name__
            found.append(f"    {kind.removesuffix('Field')} {field.attname}{mark}")
    return found


def relations(model) -> list[str]:
    found = []
    for field in [*model._meta.fields, *model._meta.many_to_many]:
        if field.is_relation and field.related_model is not None and field.name != "community":
            arrow = "}o--o{" if field.many_to_many else "|o--o|" if field.one_to_one else "}o--||"
            found.append(f'  {model.__name__} {arrow} {field.related_model.__name__} : "{field.name}"')
    return found


def states() -> str:
    from linli.act.casework.models import ERRAND_WORKFLOW as ERRAND
    from linli.act.casework.models import WORKFLOW as CASE
    from linli.foundation.privacy.analysis.models import QUESTION_WORKFLOW as QUESTION
    from linli.foundation.privacy.analysis.models import STUDY_WORKFLOW as STUDY
    from linli.foundation.privacy.charter.models import WORKFLOW as CHARTER
    from linli.foundation.privacy.exports.models import WORKFLOW as EXPORT
    from linli.foundation.privacy.joint.models import WORKFLOW as JOINT
    from linli.foundation.privacy.publishing.models import WORKFLOW as RELEASE
    from linli.foundation.privacy.retention.models import WORKFLOW as PLAN
    from linli.foundation.privacy.sensing.models import ASSESSMENT_WORKFLOW, DECLARATION_WORKFLOW
    from linli.sense.open_sensors.models import WORKFLOW as OPENING
    from linli.understand.warnings.models import CHANGE_WORKFLOW as RULE_CHANGE
    from linli.understand.warnings.models import WORKFLOW as WARNING

    lines = [
        "# States",
        "",
        "Drawn from the state tables by `scripts/documents.py`; do not edit. What a table does not declare cannot",
        "happen. `who` names the predicates of the app's permissions: holding one is enough. A row that leads to its",
        "own state writes something down and changes nothing else.",
        "",
    ]
    drawn = {
        "Case": CASE,
        "Errand to a unit outside": ERRAND,
        "Warning": WARNING,
        "Change of a rule": RULE_CHANGE,
        "Change of the charter": CHARTER,
        "Release": RELEASE,
        "Plan of deletion": PLAN,
        "Declaration": DECLARATION_WORKFLOW,
        "Assessment": ASSESSMENT_WORKFLOW,
        "Joint count": JOINT,
        "Study": STUDY,
        "Study question": QUESTION,
        "List of residents": EXPORT,
        "Opening of a device to everybody": OPENING,
    }
    for title, table in drawn.items():
        lines += [f"## {title}", "", "```mermaid", table.diagram(from_at_most=DRAWN_FROM_AT_MOST).strip(), "```", ""]
        lines += ["| verb | from | to | who | must be given |", "|---|---|---|---|---|"]
        for step in table.transitions:
            ordered = [state for state in table.states if state in step.from_states]
            cells = [step.verb, ", ".join(ordered), step.to or "the same", *map(words, (step.who, step.needs))]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def words(names) -> str:
    return ", ".join(sorted(names)) or "–"


def api_description() -> str:
    from django.utils import translation

    from linli.faces.openapi.api import api

    with translation.override("en"):
        schema = api.get_openapi_schema(path_prefix="/api/v1/")
        return json.dumps(schema, ensure_ascii=False, indent=1, default=str) + "\n"


def terms() -> str:
    """How long everything is kept, in both languages, as the rules say that are carried out."""
    from django.utils import translation

    from linli.foundation.privacy.retention.rules import KEEP, WITH, all_rules, metric_rules, version
    from linli.foundation.privacy.retention_words import told

    lines = [
        "# 留多久 · How long things are kept",
        "",
        f"Drawn by `scripts/documents.py` from the rules that the nightly job carries out, version {version()}; do not edit.",
        "What goes with another table's rows is left out. `docs/retention.md` explains.",
        "",
        "| | 留多久 | kept | source |",
        "|---|---|---|---|",
    ]
    rules = [rule for rule in all_rules().values() if rule.then != WITH]
    for rule in sorted(rules, key=lambda one: (one.then == KEEP, one.table)):
        said = []
        for language in ("zh-hans", "en"):
            with translation.override(language):
                said.append(told(rule))
        lines.append(f"| {rule.name.zh or rule.table} | {' | '.join(said)} | {rule.source} |")
    lines += ["", "## 读数 · Readings", "", "| device | in a home | elsewhere | source |", "|---|---|---|---|"]
    for key, rule in metric_rules().items():
        ends = [
            f"{term.months} months, then {term.then}" if term.months else term.then for term in (rule.home, rule.shared)
        ]
        lines.append(f"| {key} | {' | '.join(ends)} | {rule.source} |")
    return "\n".join(lines) + "\n"


def device_types() -> str:
    """What each kind of device measures, as messages are checked against."""
    from django.utils import translation

    from linli.sense.telemetry.device_types import CATALOGUE

    lines = [
        "# Device types",
        "",
        "Drawn by `scripts/documents.py` from `sense/telemetry/device_types.py`; do not edit. `docs/devices.md` says how devices",
        "speak. Units are SI or UCUM signs. A metric that counts only ever rises, until the meter is replaced.",
        "",
    ]
    for key, kind in CATALOGUE.items():
        with translation.override("zh-hans"):
            name = str(kind.label)
        with translation.override("en"):
            marks = {
                "tells of people": kind.sensitive, "has an eye": kind.sees, "lets people in": kind.opens,
                "health data": kind.bodily, "speaks for others": kind.gateway,
            }  # fmt: skip
            told = "; ".join(words for words, holds in marks.items() if holds)
            minutes = round(kind.cadence.total_seconds() / 60)
            often = f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
            lines += [
                f"## `{key}`: {name} · {kind.label}",
                "",
                f"Speaks at least every {often}{f' ({told})' if told else ''}.",
                "",
            ]
            if not kind.metrics:
                continue
            lines += ["| metric | what | unit | range | meaning |", "|---|---|---|---|---|"]
            for metric in kind.metrics.values():
                span = f"{metric.low:,g} to {metric.high:,g}" + (", counts" if metric.counts else "")
                lines.append(f"| `{metric.key}` | {metric.label} | {metric.unit} | {span} | {metric.meaning} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


DRAWN = {
    "data-model.md": data_model, "states.md": states, "openapi.json": api_description, "terms.md": terms,
    "device-types.md": device_types,
}  # fmt: skip


def main() -> int:
    sys.path.insert(0, str(ROOT / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.test_settings")
    import django

    django.setup()
    stale = []
    for name, draw in DRAWN.items():
        path, text = DOCS / name, draw()
        if "--check" not in sys.argv:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(name)
    if stale:
        print(f"stale: {', '.join(stale)}; run  .venv/bin/python scripts/documents.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
