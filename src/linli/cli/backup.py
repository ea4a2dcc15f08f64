"""``linli backup`` and ``linli restore``: one consistent archive of everything, made while running, and its proof.

The order is what makes it consistent without stopping anything. The database is one moment. The lake's files are
those that this moment's manifest names: they never change, and when a merge removes one meanwhile, a new moment is
taken. Photos and keys only ever grow, so those read later hold all that the moment refers to. The message store comes
last: what it holds beyond the database's cursor is stored again by ingest, and what it no longer holds was stored
before the moment (ingest purges only long after storing). It is as a power cut would leave it, which the message
server repairs when it starts.
"""

from __future__ import annotations

import platform
import shutil
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from linli.cli.admin_recovery import Key, read_key

MOST_MOMENTS = 5
GROWING = ("files", "keys", "audit")


class LakeMoved(RuntimeError):
    """A file that the snapshot names was merged into another before it could be copied."""


def backup(
    file: Annotated[Path, typer.Argument(help="archive to write: something.tar.gz.age")],
    home: Annotated[Path | None, typer.Option(help="where Linli keeps its state")] = None,
) -> None:
    """Write one consistent archive of database, lake, files, keys and message store; safe while running.

    The archive is sealed to the recovery key (``linli admin recovery-key``): without it nobody reads anything in it.
    """
    from linli.cli.runtime import set_up

    set_up(home=home)
    from django.conf import settings

    from linli.cli.snapshots import SnapshotFailed
    from linli.foundation.vault import recovery

    target = file.absolute()
    if target.exists():
        _fail(f"{target} exists already: choose another name")
    if not target.parent.is_dir():
        _fail(f"{target.parent} is not a folder")
    try:
        public = recovery.public_half(settings.LINLI_HOME)
    except recovery.WrongKey as damaged:
        _fail(str(damaged))
    if public is None:
        _fail("there is no recovery key, and a backup that anybody can read is not made: linli admin recovery-key")
    try:
        facts = make(settings.LINLI_HOME, settings.DATABASES["default"], target, public)
    except (SnapshotFailed, LakeMoved) as trouble:
        _fail(str(trouble))
    except OSError as error:
        _fail(f"the archive could not be written: {error.strerror}: {error.filename or target}")
    _remember(target, facts["made_at"])
    size = target.stat().st_size
    rows = sum(facts["counts"].values())
    typer.echo(f"{target}: {size / 1024**2:.1f} MB, {rows} rows, {facts['lake_files']} lake files")


def _remember(target: Path, made_at: str) -> None:
    """Write the archive down, so that it expires, and lay the list of erasures beside it."""
    from linli.foundation.privacy.retention import backups, tombstones

    backups.note(target, made_at)
    tombstones.ensure()
    if tombstones.spread():
        typer.echo(f"the list of erasures could not be laid beside {target}: see linli doctor", err=True)


def make(home: Path, database: dict[str, Any], target: Path, public: str) -> dict[str, Any]:
    """Write the archive; returns the facts of its manifest. Raises :class:`SnapshotFailed` or :class:`LakeMoved`."""
    for _ in range(MOST_MOMENTS - 1):
        try:
            return _make_once(home, database, target, public)
        except LakeMoved:
            continue
    return _make_once(home, database, target, public)


def _make_once(home: Path, database: dict[str, Any], target: Path, public: str) -> dict[str, Any]:
    from linli.cli.archive import writing
    from linli.cli.snapshots import snapshot

    facts = _versions()
    with (
        tempfile.TemporaryDirectory(dir=target.parent, prefix=".linli-backup-") as folder,
        snapshot(database, Path(folder)) as moment,
        writing(target, facts, public=public) as archive,
    ):
        facts |= {"database": moment.name, "counts": moment.counts, "lake_files": len(moment.lake)}
        archive.add(moment.path, moment.name)
        for path, sha256 in moment.lake:
            try:
                same = archive.add(home / "lake" / path, f"lake/{path}") == sha256
            except FileNotFoundError:
                raise LakeMoved(f"the lake lost {path} while it was copied: try again") from None
            if not same:
                raise LakeMoved(f"lake/{path} is not what its manifest states")
        for name in (*GROWING, "nats/store"):
            _add_folder(archive, home, name)
    return facts


def _add_folder(archive, home: Path, name: str) -> None:
    for path in sorted((home / name).rglob("*")):
        if path.is_file() and not path.is_symlink():
            try:
                archive.add(path, path.relative_to(home).as_posix())
            except FileNotFoundError:
                continue


def _versions() -> dict[str, Any]:
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    from linli import __version__
    from linli.foundation import clock

    applied = sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())
    return {
        "linli": __version__,
        "python": platform.python_version(),
        "made_at": clock.real_now().isoformat(),
        "migrations": applied,
    }


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="archive that linli backup wrote")],
    home: Annotated[Path, typer.Option(help="folder that does not exist yet, or is empty")],
    erased: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="list of erasures, where it is not beside the archive"),
    ] = None,
    nothing_was_erased: Annotated[
        bool, typer.Option("--nothing-was-erased", help="there is no list: nothing was ever erased since the backup")
    ] = False,
    key: Key = None,
) -> None:
    """Check every digest of an archive, put it into an empty home, prove that it is whole, and erase again what was
    erased since it was made.

    A PostgreSQL archive goes into the database that LINLI_DATABASE_URL names, which must be empty.
    """
    from linli.cli.archive import BadArchive, unpack
    from linli.cli.erasing_again import lists_for

    lists = lists_for(file, erased)
    if not lists and not nothing_was_erased:
        _fail(
            f"there is no list of erasures beside {file} (erased.ndjson): whoever was erased since would be back. Give it"
            " with --erased, or say --nothing-was-erased"
        )
    home = home.absolute()
    if home.exists() and any(home.iterdir()):
        _fail(f"{home} is not empty: restore never overwrites")
    home.parent.mkdir(parents=True, exist_ok=True)
    secret = read_key(key)
    draft = Path(tempfile.mkdtemp(dir=home.parent, prefix=f".{home.name}.restoring-"))
    try:
        manifest = unpack(file, draft, secret)
        if home.exists():
            home.rmdir()
        draft.rename(home)
    except BadArchive as bad:
        _fail(f"{file} is refused: {bad}. Nothing was restored.")
    except OSError as error:
        _fail(f"could not be restored: {error.strerror}: {error.filename or home}")
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    typer.echo(f"{len(manifest['members'])} files, every SHA-256 as stated")
    try:
        _prove(home, manifest)
    except typer.Exit:
        typer.echo(f"{home} is left as it is for you to look at: do not start it", err=True)
        raise
    _erase_again(lists, manifest["made_at"])
    typer.echo(f"restored: start with LINLI_HOME={home}")


def _erase_again(lists: list[Path], made_at: str) -> None:
    from linli.cli.erasing_again import erase_again

    done = erase_again(lists, made_at)
    for trouble in done.troubles:
        typer.echo(trouble, err=True)
    if done.waiting:
        _fail(f"{done.waiting} erasures could not be done again: mend what is said above, then 'linli admin retention'")
    typer.echo(
        f"erased again what was erased since: {done.people} people, {done.consents} consents, {done.rows} by rule"
    )


def _prove(home: Path, manifest: dict[str, Any]) -> None:
    from linli.cli.runtime import set_up
    from linli.cli.snapshots import PG_DUMP_NAME, SQLITE_NAME, SnapshotFailed

    set_up(home=home)
    from django.conf import settings

    database = settings.DATABASES["default"]
    is_sqlite = database["ENGINE"].endswith("sqlite3")
    if (manifest["database"] == SQLITE_NAME) != is_sqlite:
        _fail(
            f"the archive holds {manifest['database']}, but LINLI_DATABASE_URL "
            f"{'is not set' if is_sqlite else 'names PostgreSQL'}: set it to match and restore into another folder"
        )
    try:
        if manifest["database"] == PG_DUMP_NAME:
            _fill_postgresql(database, home / PG_DUMP_NAME)
        counts = _integrity(is_sqlite)
    except SnapshotFailed as trouble:
        _fail(str(trouble))
    if counts != manifest["counts"]:
        wrong = {t for t in counts.keys() | manifest["counts"].keys() if counts.get(t) != manifest["counts"].get(t)}
        _fail(f"row counts differ in {', '.join(sorted(wrong))}")
    typer.echo(
        f"{sum(counts.values())} rows in {len(counts)} tables, as many as when it was made ({manifest['made_at']})"
    )
    typer.echo(f"{manifest['lake_files']} lake files, as the lake's own manifest states")
    _prove_audit()


def _fill_postgresql(database: dict[str, Any], dump: Path) -> None:
    from django.db import connection

    from linli.cli.snapshots import SnapshotFailed, run_postgresql

    if connection.introspection.table_names():
        raise SnapshotFailed(f"the database {database['NAME']} is not empty: restore never overwrites")
    connection.close()
    run_postgresql("pg_restore", database, "--no-owner", "--exit-on-error", "--single-transaction", str(dump))
    dump.unlink()


def _integrity(is_sqlite: bool) -> dict[str, int]:
    from django.db import connection

    from linli.cli.snapshots import SnapshotFailed, count_rows

    with closing(connection.cursor()) as cursor:
        if is_sqlite:
            cursor.execute("PRAGMA integrity_check")
            answer = [row[0] for row in cursor.fetchall()]
            cursor.execute("PRAGMA foreign_key_check")
            dangling = cursor.fetchall()
            if answer != ["ok"] or dangling:
                raise SnapshotFailed(f"the database is damaged: {answer[:3]} {dangling[:3]}")
            typer.echo("database integrity: ok")
        return count_rows(cursor, postgresql=not is_sqlite)


def _prove_audit() -> None:
    from linli.foundation.events import audit

    report = audit.verify()
    if not report.sound:
        _fail(f"the audit log is NOT sound: {report.findings[0].code}")
    typer.echo(f"audit log: sound, {report.size} events, root {report.root}")


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
