"""Running the command as a person would: in its own process, with nothing of the tests' environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from linli.testing_tables import lay_into


def environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("LINLI_", "DJANGO_"))}


def command(*arguments: str, home: Path) -> list[str]:
    return [sys.executable, "-m", "linli.cli.main", *arguments, "--home", str(home)]


def migrate(home: Path) -> None:
    """Bring a new home to this version, as its operator does; the tables themselves are laid in before."""
    lay_into(home)
    done = linli("admin", "migrate", home=home)
    assert done.returncode == 0, done.stderr


def linli(*arguments: str, home: Path) -> subprocess.CompletedProcess:
    """Run ``linli`` on a home to its end; stdout and stderr as text."""
    return subprocess.run(
        command(*arguments, home=home), capture_output=True, text=True, env=environment(), timeout=300
    )


def make_recovery_key(home: Path) -> Path:
    """Give a home its recovery key; returns the file beside it in which the secret half is kept."""
    done = linli("admin", "recovery-key", home=home)
    assert done.returncode == 0, done.stderr
    kept = home.parent / "recovery.txt"
    kept.write_text(done.stdout)
    return kept
