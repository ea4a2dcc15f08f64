"""Documents drawn from the code: the data model and the state diagrams. ``--check`` fails when they are stale."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
APPS = [
    "registry", "accounts", "privacy", "events", "notices", "files", "clock",
    "requests", "telemetry", "warnings", "casework", "demo_door",
]  # fmt: skip


def data_model() -> str:
    from django.apps import apps

    lines = ["# Data model", "", "Drawn from the code by `scripts/documents.py`; do not edit.", ""]
    for label in APPS:
        config = apps.get_app_config(label)
        models = list(config.get_models())
        if not models:
            continue
        lines += [f"## {config.name.removeprefix('linli.').replace('.', '/')}", "", "```mermaid", "erDiagram"]
        for model in models:
            lines.append(f"  {model.__name__} {{")
            for field in model._meta.fields:
                mark = " PK" if field.primary_key else " FK" if field.is_relation else " UK" if field.unique else ""
                if hasattr(field, "attname"):
                    lines.append(f"    {type(field).__name__} {field.attname}{mark}")
            lines.append("  }")
        for model in models:
            for field in [*model._meta.fields, *model._meta.many_to_many]:
                if field.is_relation and field.related_model is not None:
                    arrow = "}o--o{" if field.many_to_many else "|o--o|" if field.one_to_one else "}o--||"
                    lines.append(f'  {model.__name__} {arrow} {field.related_model.__name__} : "{field.name}"')
        lines += ["```", ""]
        for model in models:
            doc = (model.__doc__ or "").strip()
            if doc and not doc.startswith(f"{model.__name__}("):
                lines += [f"- **{model.__name__}**: {' '.join(doc.split())}"]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def states() -> str:
    from linli.act.casework.models import WORKFLOW as CASE
    from linli.understand.warnings.models import WORKFLOW as WARNING

    lines = ["# States", "", "Drawn from the state tables by `scripts/documents.py`; do not edit.", ""]
    for title, table in (("Case", CASE), ("Warning", WARNING)):
        lines += [f"## {title}", "", "```mermaid", table.diagram().strip(), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.test_settings")
    import django

    django.setup()
    stale = []
    for name, text in (("data-model.md", data_model()), ("states.md", states())):
        path = DOCS / name
        if "--check" in sys.argv:
            if not path.exists() or path.read_text() != text:
                stale.append(name)
        else:
            path.write_text(text)
    if stale:
        print(f"stale: {', '.join(stale)}; run  .venv/bin/python scripts/documents.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
