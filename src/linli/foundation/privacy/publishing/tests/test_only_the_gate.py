"""No code but the gate's makes a published number, and no page for strangers counts people by itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from linli.foundation.privacy.publishing.published import Method, Published, PublishedRate, Ungated, issue

SOURCE = Path(__file__).resolve().parents[4]
GATE = "foundation/privacy/publishing"
MAY_ISSUE = {f"{GATE}/gate.py", f"{GATE}/queries.py"}
FOR_STRANGERS = sorted((SOURCE / "faces" / "numbers").glob("*.py"))
COUNTING = {"count", "aggregate", "annotate", "Count", "Sum", "len"}


def shipped() -> list[Path]:
    return [path for path in SOURCE.rglob("*.py") if not {"tests", "migrations"} & set(path.parts)]


def imported(path: Path) -> set[tuple[str, str]]:
    """(module, name) of every import."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            found |= {(node.module or "", alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
    return found


def test_only_the_gate_issues_published_numbers():
    published = "linli.foundation.privacy.publishing.published"
    makers = {
        str(path.relative_to(SOURCE))
        for path in shipped()
        if any(module == published and name in {"issue", "issue_rate", "_SEAL"} for module, name in imported(path))
    }
    assert makers == MAY_ISSUE


def test_only_the_worker_draws_noise():
    """``noise.noisy`` is called by the release alone: nothing that answers a request may draw."""
    callers = {
        str(path.relative_to(SOURCE))
        for path in shipped()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "noisy"
    }
    assert callers == {f"{GATE}/releasing.py", "cli/bench_published.py"}


def test_pages_for_strangers_neither_load_people_nor_count():
    for path in FOR_STRANGERS:
        modules = {module for module, _name in imported(path)}
        assert not any(
            module.endswith(".models") and "registry" not in module and "publishing" not in module for module in modules
        )
        names = {name for module, name in imported(path) if module.endswith("registry.models")}
        assert names <= {"Community"}, path
        calls = {
            getattr(node.func, "attr", getattr(node.func, "id", ""))
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
        }
        assert not calls & COUNTING, path


def test_the_shared_cockpit_counts_through_the_gate_alone():
    """``len`` stands in it for things only, inside the gate's own call."""
    tree = ast.parse((SOURCE / "faces" / "cockpit" / "shared.py").read_text())
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in COUNTING:
            parent = parents[node]
            assert isinstance(parent, ast.Call) and getattr(parent.func, "attr", "") == "things", ast.dump(node)


def test_a_published_number_cannot_be_made_by_hand():
    with pytest.raises(Ungated):
        Published(4906, 0, Method.NOISE, object())
    with pytest.raises(Ungated):
        PublishedRate(issue(1, 0, Method.NOISE), issue(2, 0, Method.NOISE), 500, 0, None)
