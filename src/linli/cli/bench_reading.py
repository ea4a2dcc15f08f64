"""Reading the files that the quality benchmarks are given."""

from __future__ import annotations

import csv
import gzip
import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import typer

csv.field_size_limit(2**30)


def table(file: Path) -> list[dict[str, str]]:
    """Rows of a CSV or CSV.gz file, cells without surrounding blanks."""
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rt", encoding="utf-8-sig", newline="") as lines:
            return [
                {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
                for row in csv.DictReader(lines)
            ]
    except (OSError, UnicodeDecodeError, csv.Error, EOFError) as unreadable:
        fail(f"{file}: {unreadable}")


def need(rows: list[dict[str, str]], file: Path, columns: Iterable[str]) -> None:
    """Stop with a sentence when a column is missing."""
    there = set(rows[0]) if rows else set()
    if missing := [column for column in columns if column not in there]:
        fail(f"{file}: no column {'、'.join(missing)}; it has {'、'.join(sorted(there)) or 'no rows'}")


def moment(text: str) -> datetime:
    """``2019/2/28 11:25:05`` or ``2019-02-28 11:25:05``, as if in UTC: only differences count."""
    numbers = [int(n) for n in re.findall(r"\d+", text)[:6]]
    return datetime(*[*numbers, 1, 1, 1][: max(3, len(numbers))], tzinfo=UTC)  # type: ignore[arg-type, misc]


def say(sentence: str) -> None:
    """Progress, on stderr."""
    print(f"bench: {sentence}", file=sys.stderr, flush=True)


@contextmanager
def step(sentence: str) -> Iterator[None]:
    """Say what begins and how long it took."""
    say(sentence)
    started = time.perf_counter()
    yield
    say(f"  {time.perf_counter() - started:.1f} s")


def fail(sentence: str) -> NoReturn:
    """End with exit code 1."""
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
