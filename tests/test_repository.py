"""Gates on the repository itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.django_db
def test_no_model_has_changed_without_a_migration():
    call_command("makemigrations", "--check", "--dry-run")


def test_every_link_between_documents_leads_somewhere():
    dead = []
    for page in tracked("*.md"):
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text()):
            if not (page.parent / target).exists():
                dead.append(f"{page.relative_to(ROOT)} → {target}")
    assert dead == []


def test_no_file_names_a_machine_or_a_registry():
    telling = re.compile(
        r"/(?:root|work)/(?!\.\.)|/home/[a-z]+/|files\.pythonhosted|registry\.npmjs|pypi\.org/(?:simple|packages)"
    )
    found = []
    for path in tracked():
        if path.suffix in {".png", ".ico", ".woff2", ".xlsx"} or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
            if telling.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert found == []


def test_no_package_of_somebody_else_lies_among_the_sources():
    packed = {".whl", ".gz", ".zip", ".xz", ".jar", ".so", ".tgz"}
    assert [str(path.relative_to(ROOT)) for path in tracked() if path.suffix in packed] == []


def test_nothing_of_the_demo_or_the_tests_needs_the_development_data():
    """The data is not shipped: only commands that are given a path may read it."""
    readers = [
        str(path.relative_to(ROOT))
        for path in tracked("src/*.py", "scripts/*.py")
        if "shared/data" in path.read_text() and not path.name.startswith("bench")
    ]
    assert readers == []


def test_the_english_readme_and_the_chinese_one_show_the_same_pictures_and_commands():
    english, chinese = (ROOT / name for name in ("README.md", "README.zh-CN.md"))

    def essence(path: Path) -> tuple[list[str], list[str]]:
        text = path.read_text()
        return re.findall(r"docs/pictures/[\w-]+\.png", text), re.findall(r"^(?:make|linli|pip|export) \S+", text, re.M)

    assert essence(english) == essence(chinese)
