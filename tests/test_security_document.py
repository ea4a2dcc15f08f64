"""What ``docs/security.md`` ticks is proven by a test that exists and runs; what is not ticked says why."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "docs" / "security.md").read_text()
BOX = re.compile(r"^- \[(?P<ticked>[x ])\] \*\*(?P<number>[^*]+)\*\* (?P<words>.*(?:\n  .*)*)", re.M)
TEST = re.compile(r"`((?:src|tests)/[\w/]+\.py)::(\w+)`")
LEVELS_1_AND_2 = (
    "1.1.1-2 1.2.1-9 1.3.1-11 1.4.1-3 1.5.1-2 2.1.1-3 2.2.1-3 2.3.1-4 2.4.1 3.2.1-2 3.3.1-4 3.4.1-6 3.5.1-5 3.7.1-2 "
    "4.1.1-3 4.2.1 4.3.1-2 4.4.1-4 5.1.1 5.2.1-3 5.3.1-2 5.4.1-3 6.1.1-3 6.2.1-11 6.3.1-3 6.4.1-4 6.5.1-5 6.6.1-3 "
    "6.8.1-3 7.1.1-3 7.2.1-4 7.3.1-2 7.4.1-5 7.5.1-2 7.6.1-2 8.1.1-2 8.2.1-3 8.3.1 8.4.1 9.1.1-3 9.2.1-4 11.1.1-2 "
    "11.2.1-3 11.3.1-3 11.4.1-3 11.5.1 11.6.1 12.1.1-3 12.2.1-2 12.3.1-4 13.1.1 13.2.1-5 13.3.1-2 13.4.1-5 14.1.1-2 "
    "14.2.1-4 14.3.1-3 15.1.1-3 15.2.1-3 15.3.1-7 16.1.1 16.2.1-5 16.3.1-4 16.4.1-3 16.5.1-3"
)
"""The requirements of ASVS 5.0 at levels 1 and 2, without the chapters on OAuth and WebRTC, which Linli does not have."""


def boxes() -> list[re.Match[str]]:
    return list(BOX.finditer(DOCUMENT))


def named_tests() -> set[str]:
    return {f"{path}::{name}" for path, name in TEST.findall(DOCUMENT)}


def every(ranges: str) -> set[str]:
    found = set()
    for one in ranges.split():
        section, _dot, last = one.rpartition(".")
        first, _dash, end = last.partition("-")
        found.update(f"{section}.{n}" for n in range(int(first), int(end or first) + 1))
    return found


def test_every_ticked_box_names_a_test_and_every_open_one_a_reason():
    found = boxes()
    assert len(found) > 150
    for box in found:
        if box["ticked"] == "x":
            assert TEST.search(box["words"]), box["number"]
        else:
            assert " — " in box["words"] and not TEST.search(box["words"]), box["number"]


def test_every_requirement_of_levels_1_and_2_is_ticked_open_or_said_not_to_apply():
    listed = [box["number"] for box in boxes()]
    not_applicable = re.findall(r"\b(\d+\.\d+\.\d+)\b", DOCUMENT.split("### Does not apply")[1].split("\n## ")[0])
    asvs = [number for number in listed if re.fullmatch(r"\d+\.\d+\.\d+", number)]
    assert len(asvs) == len(set(asvs)), "each once"
    assert every(LEVELS_1_AND_2) - set(asvs) - set(not_applicable) == set()
    assert not set(asvs) & set(not_applicable)


def test_every_named_test_is_collected():
    files = sorted({name.partition("::")[0] for name in named_tests()})
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-o",
        "addopts=",
        "--no-header",
        "-p",
        "no:cacheprovider",
        *files,
    ]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert listed.returncode == 0, listed.stdout[-2000:]
    collected = {line.partition("[")[0] for line in listed.stdout.splitlines() if "::" in line}
    assert named_tests() - collected == set()


@pytest.mark.parametrize("kept_out", ["**/tests"])
def test_the_package_ships_no_tests_and_no_history(kept_out):
    """The wheel is built from what is listed, never from what lies about."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    assert build["wheel"]["packages"] == ["src/linli"]
    assert f"src/linli/{kept_out}" in build["wheel"]["exclude"]
    assert ".git" not in str(build["sdist"]["include"])
