"""Ask whether any locked package, of Python or of the front end, has a known weakness (OSV, https://osv.dev).

One question for all packages. Where the service cannot be reached it says so, loudly, with the day of the last answer
for the same locks, and passes: a machine without the internet can still run the tests. ``LINLI_AUDIT=required`` makes that
a failure too, for the machine that releases. ``LINLI_ADVISORIES`` names OSV's own dump (``all.zip`` of an ecosystem, several
separated by ``:``) for a machine that is brought its advisories on a stick.

A weakness that cannot be mended yet is written into ``scripts/advisories.toml`` with the reason and a day: after that day
it fails again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import tomllib
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON_LOCKS = ("requirements.lock", "requirements-dev.lock")
NPM_LOCK = "frontend/package-lock.json"
ACCEPTED = ROOT / "scripts" / "advisories.toml"
LAST = ROOT / ".venv" / ".linli-audit.json"
SERVICE = "https://api.osv.dev/v1/querybatch"
SECONDS = 20
AT_ONCE = 1000


@dataclass(frozen=True, order=True)
class Package:
    ecosystem: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.ecosystem})"


class NoAnswer(Exception):
    """The service could not be asked."""


def locked(root: Path = ROOT) -> list[Package]:
    """Every package of the locks, each once."""
    found = set()
    for lock in PYTHON_LOCKS:
        for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", (root / lock).read_text(), re.M):
            found.add(Package("PyPI", re.sub(r"[-_.]+", "-", name).lower(), version))
    for where, one in json.loads((root / NPM_LOCK).read_text())["packages"].items():
        if where and "version" in one and not one.get("link"):
            found.add(Package("npm", one.get("name") or where.rpartition("node_modules/")[2], one["version"]))
    return sorted(found)


def ask(packages: list[Package], service: str = SERVICE) -> dict[Package, list[str]]:
    """The numbers of the advisories for each package that has any; raises :class:`NoAnswer`."""
    found: dict[Package, list[str]] = {}
    for start in range(0, len(packages), AT_ONCE):
        part = packages[start : start + AT_ONCE]
        queries = [{"package": {"ecosystem": one.ecosystem, "name": one.name}, "version": one.version} for one in part]
        request = urllib.request.Request(  # noqa: S310 - an address of our own
            service, json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                results = json.load(answer)["results"]
        except (OSError, ValueError, KeyError, urllib.error.URLError) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from error
        if len(results) != len(part):
            raise NoAnswer("the service answered for another number of packages")
        for package, result in zip(part, results, strict=True):
            if numbers := sorted(one["id"] for one in result.get("vulns", [])):
                found[package] = numbers
    return found


def look_up(packages: list[Package], dumps: Iterable[Path]) -> dict[Package, list[str]]:
    """The same out of OSV's dumps: one JSON file an advisory, which names the versions that it is about."""
    wanted = {(one.ecosystem, one.name): one for one in packages}
    found: dict[Package, list[str]] = {}
    for dump in dumps:
        with zipfile.ZipFile(dump) as archive:
            for entry in archive.namelist():
                advisory = json.loads(archive.read(entry))
                if advisory.get("withdrawn"):
                    continue
                for affected in advisory.get("affected", []):
                    about = affected.get("package", {})
                    package = wanted.get((about.get("ecosystem", ""), _normal(about)))
                    if package is not None and package.version in affected.get("versions", []):
                        found.setdefault(package, []).append(advisory["id"])
    return {package: sorted(set(numbers)) for package, numbers in found.items()}


def _normal(about: Mapping[str, str]) -> str:
    name = about.get("name", "")
    return re.sub(r"[-_.]+", "-", name).lower() if about.get("ecosystem") == "PyPI" else name


def accepted(today: date, path: Path = ACCEPTED) -> set[str]:
    """Numbers that are known and may wait until a day that has not come; raises :class:`ValueError` without a reason."""
    if not path.exists():
        return set()
    waiting = set()
    for number, facts in tomllib.loads(path.read_text()).items():
        if not facts.get("reason"):
            raise ValueError(f"{number}: say why it may wait")
        if facts["until"] >= today:
            waiting.add(number)
    return waiting


def fingerprint(packages: list[Package]) -> str:
    return hashlib.sha256("\n".join(map(str, packages)).encode()).hexdigest()


def audit(environment: Mapping[str, str], *, root: Path = ROOT, last: Path = LAST, waits: Path = ACCEPTED) -> int:
    """0 when clean or when nobody could be asked, 1 for a weakness, or for no answer where one is required."""
    packages, now = locked(root), datetime.now(UTC)
    dumps = [Path(one) for one in environment.get("LINLI_ADVISORIES", "").split(os.pathsep) if one]
    try:
        if dumps:
            found = look_up(packages, dumps)
        else:
            found = ask(packages, environment.get("LINLI_ADVISORY_SERVICE", SERVICE))
    except NoAnswer as away:
        return _not_asked(packages, str(away), last, required=environment.get("LINLI_AUDIT") == "required")
    may_wait = accepted(now.date(), waits)
    open_ones = {one: [n for n in numbers if n not in may_wait] for one, numbers in found.items()}
    for package, numbers in sorted(open_ones.items()):
        for number in numbers:
            print(f"{package}: {number}  https://osv.dev/vulnerability/{number}", file=sys.stderr)
    if any(open_ones.values()):
        return 1
    waiting = sum(map(len, found.values()))
    print(f"{len(packages)} packages, no open advisory" + (f", {waiting} accepted for a time" if waiting else ""))
    last.parent.mkdir(parents=True, exist_ok=True)
    last.write_text(json.dumps({"at": now.isoformat(timespec="seconds"), "locks": fingerprint(packages)}))
    return 0


def _not_asked(packages: list[Package], why: str, last: Path, *, required: bool) -> int:
    known = json.loads(last.read_text()) if last.exists() else {}
    when = known.get("at", "") if known.get("locks") == fingerprint(packages) else ""
    rule = "!" * 88
    print(rule, file=sys.stderr)
    print(f"NOT AUDITED: {len(packages)} packages were not checked for known weaknesses.", file=sys.stderr)
    print(f"The advisory service could not be asked ({why}).", file=sys.stderr)
    print(f"These locks were last found clean: {when or 'never, on this machine'}.", file=sys.stderr)
    print(
        "Set LINLI_ADVISORIES to OSV's all.zip, or run  make audit  where the service can be reached.", file=sys.stderr
    )
    print(rule, file=sys.stderr)
    return 1 if required else 0


if __name__ == "__main__":
    sys.exit(audit(os.environ))
