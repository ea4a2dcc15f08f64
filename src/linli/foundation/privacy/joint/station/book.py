"""Everything that a partner without a Linli instance keeps: one folder with its keys and one SQLite file.

The file holds the partners' cards, the people who may propose and approve, the runs and the signed log. It never holds an
identity number: a list stays in its own file, which is read again for the run and must not have changed since it was
approved. Of earlier lists a keyed digest of each member is kept, only to see how many people changed.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from linli.foundation.privacy.joint.keys import Card, PartyKeys
from linli.foundation.privacy.joint.rules.chain import START, Entry, following
from linli.foundation.privacy.joint.rules.limits import Spent
from linli.foundation.privacy.joint.rules.terms import Terms

SCHEMA = """
create table if not exists partner (fingerprint text primary key, card text not null, address text not null);
create table if not exists person (name text primary key, pin text not null);
create table if not exists run (
  id text primary key, terms text not null, partner text not null references partner, state text not null,
  list text not null, list_digest text not null, people integer not null, proposed_by text not null,
  approved_by text not null default '', result text not null default '', made_at text not null);
create table if not exists log (number integer primary key, entry text not null);
create table if not exists member (run text not null, digest blob not null, primary key (run, digest)) without rowid;
"""


@dataclass(frozen=True)
class Run:
    """``state`` is proposed, approved, running, done or stopped; ``result`` the counts, or the code it stopped with."""

    id: str
    terms: Terms
    partner: str
    state: str
    list: Path
    list_digest: str
    people: int
    proposed_by: str
    approved_by: str
    result: Any


class Book:
    """The folder, open; ``with Book(folder) as book``."""

    def __init__(self, folder: Path) -> None:
        self.keys = PartyKeys.load(folder)
        self._db = sqlite3.connect(folder / "party.sqlite3", isolation_level=None, timeout=20)
        (folder / "party.sqlite3").chmod(0o600)
        self._db.executescript(SCHEMA)

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *trouble: object) -> None:
        self._db.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction; another process waits."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def partners(self) -> list[tuple[Card, str]]:
        """Cards with the addresses at which they answer (empty: they call us)."""
        rows = self._db.execute("select card, address from partner order by fingerprint")
        return [(Card.from_text(card), address) for card, address in rows]

    def partner(self, fingerprint: str) -> tuple[Card, str]:
        """Raises :class:`KeyError`."""
        for card, address in self.partners():
            if card.fingerprint == fingerprint:
                return card, address
        raise KeyError(fingerprint)

    def keep_partner(self, card: Card, address: str) -> None:
        self._db.execute(
            "insert into partner values (?, ?, ?) on conflict (fingerprint) do update set address = excluded.address",
            (card.fingerprint, card.as_text(), address),
        )

    def keep_person(self, name: str, pin: str) -> None:
        self._db.execute("insert or replace into person values (?, ?)", (name, pin))

    def pin_of(self, name: str) -> str | None:
        row = self._db.execute("select pin from person where name = ?", (name,)).fetchone()
        return row[0] if row else None

    def add_run(self, terms: Terms, partner: Card, path: Path, digest: str, people: int, by: str, at: datetime) -> None:
        """Raises :class:`sqlite3.IntegrityError` for a run that is there already."""
        self._db.execute(
            "insert into run values (?, ?, ?, 'proposed', ?, ?, ?, ?, '', '', ?)",
            (
                terms.run,
                json.dumps(asdict(terms), ensure_ascii=False),
                partner.fingerprint,
                str(path),
                digest,
                people,
                by,
                at.isoformat(),
            ),
        )

    def runs(self) -> list[Run]:
        """Newest first."""
        rows = self._db.execute(
            "select id, terms, partner, state, list, list_digest, people, proposed_by, approved_by, result"
            " from run order by made_at desc, id"
        )
        return [
            Run(run, Terms(**json.loads(terms)), partner, state, Path(path), digest, people, by, then_by, _json(result))
            for run, terms, partner, state, path, digest, people, by, then_by, result in rows
        ]

    def run(self, run_id: str) -> Run | None:
        """By its number or the beginning of it, when only one begins so."""
        found = [one for one in self.runs() if one.id.startswith(run_id)] if run_id else []
        return found[0] if len(found) == 1 else None

    def move(self, run_id: str, state: str, *, result: Any = None, approved_by: str = "") -> None:
        self._db.execute(
            "update run set state = ?, result = ?, approved_by = coalesce(nullif(?, ''), approved_by) where id = ?",
            (state, json.dumps(result), approved_by, run_id),
        )

    def end_interrupted(self) -> None:
        """Runs that a killed process left behind are over; one whose log says that it finished is done."""
        finished = {entry.run: entry.facts["counts"] for entry in self.log() if entry.kind == "finished"}
        for one in self.runs():
            if one.state == "running" and one.id in finished:
                self.move(one.id, "done", result=finished[one.id])
            elif one.state == "running":
                self.note(one.id, "stopped", {"code": "killed"})
                self.move(one.id, "stopped", result="killed")

    def note(self, run_id: str, kind: str, facts: dict[str, Any]) -> None:
        """One signed entry of the log."""
        with self.writing():
            row = self._db.execute("select entry from log order by number desc limit 1").fetchone()
            last = Entry(**json.loads(row[0])) if row else None
            at = datetime.now(UTC).isoformat(timespec="seconds")
            entry = following(last, at=at, kind=kind, run=run_id, facts=facts, sign=self.keys.sign)
            self._db.execute("insert into log values (?, ?)", (entry.number, json.dumps(asdict(entry))))

    def log(self) -> list[Entry]:
        return [Entry(**json.loads(text)) for (text,) in self._db.execute("select entry from log order by number")]

    def head(self) -> str:
        """The newest digest; zeros before the first entry."""
        row = self._db.execute("select entry from log order by number desc limit 1").fetchone()
        return Entry(**json.loads(row[0])).digest if row else START

    def spent_with(self, partner: str) -> list[Spent]:
        """What earlier runs with a partner cost, from the log itself."""
        return [
            Spent(datetime.fromisoformat(entry.at), float(entry.facts["epsilon"]))
            for entry in self.log()
            if entry.kind == "spent" and entry.facts["partner"] == partner
        ]

    def keep_members(self, run_id: str, numbers: Iterable[str]) -> None:
        self._db.executemany(
            "insert or ignore into member values (?, ?)", ((run_id, one) for one in self.marks(numbers))
        )

    def members_before(self, partner: str, but: str) -> list[frozenset[bytes]]:
        """The marks of each earlier list of a run with this partner that cost something."""
        spent = {entry.run for entry in self.log() if entry.kind == "spent" and entry.facts["partner"] == partner}
        return [
            frozenset(row[0] for row in self._db.execute("select digest from member where run = ?", (run,)))
            for run in sorted(spent - {but})
        ]

    def marks(self, numbers: Iterable[str]) -> frozenset[bytes]:
        """Digests that mean nothing without this folder's secret."""
        key = hashlib.blake2b(self.keys.secret, person=b"linli list", digest_size=32).digest()
        return frozenset(hashlib.blake2b(one.encode(), key=key, digest_size=16).digest() for one in numbers)


def _json(text: str) -> Any:
    return json.loads(text) if text else None
