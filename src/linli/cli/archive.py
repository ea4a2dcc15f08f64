"""A backup archive: a gzipped tar, sealed to the recovery key, whose last member states the SHA-256 of every other one.

The manifest comes last because it is only known then; an archive without it was cut short and is refused. One that was
opened with the ``age`` tool is a plain ``.tar.gz`` and read as such.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from linli.foundation.vault import recovery

FORMAT = 1
MANIFEST = "manifest.json"
_CHUNK = 1 << 20


class BadArchive(ValueError):
    """The archive is not whole, or not ours; the message says what is wrong with it."""


class Writer:
    """Adds files to an open archive and remembers their digests."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: dict[str, dict[str, Any]] = {}

    def add(self, path: Path, name: str) -> str:
        """Add one file as it is now; returns its SHA-256. Raises :class:`FileNotFoundError` when it has gone."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = size, 0o600, int(os.fstat(file.fileno()).st_mtime)
            reading = _Digesting(file, size)
            self._tar.addfile(entry, reading)
        self.members[name] = {"size": size, "sha256": reading.digest.hexdigest()}
        return self.members[name]["sha256"]


class _Digesting(io.RawIOBase):
    """Exactly ``size`` bytes of a file that may still grow or shrink, and their digest."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._left, self.digest = file, size, hashlib.sha256()

    def read(self, most: int = -1) -> bytes:
        wanted = self._left if most < 0 else min(most, self._left)
        data = self._file.read(wanted)
        data += b"\0" * (wanted - len(data))
        self._left -= len(data)
        self.digest.update(data)
        return data


@contextmanager
def writing(path: Path, facts: dict[str, Any], *, public: str) -> Iterator[Writer]:
    """Write ``path`` whole or not at all, sealed to the public half of the recovery key and readable by its owner only;
    ``facts`` (filled meanwhile) join the manifest.
    """
    draft = path.with_name(path.name + ".part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as raw:
            with (
                recovery.sealing(raw, public) as sealed,
                gzip.GzipFile(fileobj=sealed, mode="wb", compresslevel=6) as packed,
                tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
            ):
                writer = Writer(tar)
                yield writer
                manifest = {"format": FORMAT, **facts, "members": writer.members}
                text = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
                entry = tarfile.TarInfo(MANIFEST)
                entry.size, entry.mode = len(text), 0o600
                tar.addfile(entry, io.BytesIO(text))
            raw.flush()
            os.fsync(raw.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def reading(path: Path, key: str | None) -> Iterator[tarfile.TarFile]:
    """The members of an archive, to be read once and in order; ``key`` is the recovery key that it was sealed to.

    Raises :class:`BadArchive`, at the latest at the end of the block: what was read until then is not to be trusted.
    """
    try:
        with _plain(path, key) as packed, tarfile.open(fileobj=packed, mode="r|gz") as tar:
            yield tar
    except (recovery.WrongKey, recovery.BrokenSeal) as refused:
        raise BadArchive(str(refused)) from refused
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadArchive(f"the archive is damaged: {error}") from error


@contextmanager
def _plain(path: Path, key: str | None) -> Iterator[IO[bytes]]:
    if not recovery.is_sealed(path):
        with path.open("rb") as file:
            yield file
    elif key is None:
        raise BadArchive("it is sealed: give the recovery key with --key")
    else:
        with recovery.opened(path, key) as file:
            yield file


def unpack(path: Path, into: Path, key: str | None) -> dict[str, Any]:
    """Unpack into an empty folder and check every digest; returns the manifest. Raises :class:`BadArchive`."""
    found: dict[str, dict[str, Any]] = {}
    manifest = None
    try:
        with reading(path, key) as tar:
            for entry in tar:
                if manifest is not None:
                    raise BadArchive("something follows the manifest")
                stream = tar.extractfile(entry) if entry.isreg() else None
                if stream is None:
                    raise BadArchive(f"{entry.name!r} is not a plain file")
                if entry.name == MANIFEST:
                    manifest = json.loads(stream.read())
                else:
                    found[entry.name] = _write(stream, into, entry.name)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadArchive(f"the archive is damaged: {error}") from error
    if manifest is None:
        raise BadArchive("the archive was cut short: it has no manifest")
    if manifest.get("format") != FORMAT:
        raise BadArchive(f"archive format {manifest.get('format')!r} is not known to this version")
    _compare(found, manifest["members"])
    return manifest


def _write(stream: IO[bytes], into: Path, name: str) -> dict[str, Any]:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts:
        raise BadArchive(f"{name!r} points outside the archive")
    target = into.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while data := stream.read(_CHUNK):
            file.write(data)
            digest.update(data)
            size += len(data)
    return {"size": size, "sha256": digest.hexdigest()}


def _compare(found: dict[str, dict[str, Any]], promised: dict[str, dict[str, Any]]) -> None:
    if missing := promised.keys() - found.keys():
        raise BadArchive(f"{len(missing)} files are missing, first {min(missing)}")
    if strange := found.keys() - promised.keys():
        raise BadArchive(f"{len(strange)} files are not in the manifest, first {min(strange)}")
    for name, was in promised.items():
        if found[name] != was:
            raise BadArchive(f"{name} does not have the content that the manifest states")
