"""No code reads a protected column past the door: every module is read, and every way into the vault is named here."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "linli"
DOOR = "foundation/privacy/door.py"
SEALING = "linli.foundation.vault.sealing"

SEALS_FILES = {
    "foundation/registry/uploads.py": "files that wait to be imported",
    "faces/portal/drafts.py": "a report that is not sent yet, in the session of whoever writes it",
    "sense/telemetry/importing/keeping.py": "files of readings that wait to be brought in",
    "sense/intake/store.py": "what came in by a door, until a person has decided about it",
}
"""Modules that keep whole files sealed: they may use ``seal_bytes`` and ``unseal_bytes``, nothing else."""
MEASURES = "cli/bench_door.py"
"""Times sealing and opening of values that it makes itself."""
FOR_FILES = {"seal_bytes", "unseal_bytes", "FILE_MARK"}
OPENS = {"unseal", "unseal_bytes", "seal", "seal_bytes"}


def modules():
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if "/tests/" not in name and "/migrations/" not in name:
            yield name, ast.parse(path.read_text(encoding="utf-8"))


MODULES = dict(modules())


def imported(tree: ast.Module):
    """(module, name) of every import, at whatever depth; ``*`` for the module as a whole."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
            yield from ((f"{node.module}.{alias.name}", "*") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "*") for alias in node.names)


def test_the_vault_is_opened_by_the_door_alone():
    for name, tree in MODULES.items():
        if name.startswith("foundation/vault/") or name in {DOOR, MEASURES}:
            continue
        taken = {what for module, what in imported(tree) if module == SEALING}
        allowed = FOR_FILES if name in SEALS_FILES else set()
        assert taken <= allowed, f"{name} takes {taken - allowed} from the vault"


def test_the_door_itself_is_found_opening():
    """So that the test above cannot pass because a name was changed."""
    assert (SEALING, "unseal") in set(imported(MODULES[DOOR]))
    for name in SEALS_FILES:
        assert (SEALING, "unseal_bytes") in set(imported(MODULES[name])), name


def test_nobody_else_looks_into_a_sealed_value():
    """``.token`` and ``.matches`` of a sealed value; ``import_module`` and ``getattr`` would hide an import."""
    for name, tree in MODULES.items():
        if name.startswith("foundation/vault/") or name == DOOR:
            continue
        text = ast.unparse(tree)
        assert "vault.sealing" not in text or name in {*SEALS_FILES, MEASURES}, name
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in {"token", "indexes"}:
                owner = ast.unparse(node.value)
                assert not owner.endswith(("phone", "number", "grade", "note", ".to", "wanted")), f"{name}: {owner}"


def test_no_query_goes_round_the_columns_by_plain_sql():
    for name, tree in MODULES.items():
        asks = any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"raw", "extra", "RawSQL"}
            and "objects" in ast.unparse(node.func.value)
            for node in ast.walk(tree)
        )
        assert not asks, f"{name} asks the database in plain SQL"


@pytest.mark.parametrize("what", sorted(OPENS))
def test_the_names_that_this_test_watches_exist(what):
    from linli.foundation.vault import sealing

    assert callable(getattr(sealing, what))
