"""Looking for traces: given names, numbers and words, where in an instance do they still stand?

``rows`` asks every column of every table, sealed ones by :meth:`Sealed.matches`, which says yes or no and never what
it is. ``files`` reads every byte of the home as it lies on the disk: the database's file with its freed pages and its
log, photos, the message store, logs and outbox; Parquet, gzip and zip are opened first. Texts are looked for as UTF-8, as
UTF-16, and as JSON writes them (``\\u5b5f``). An archive is looked through the same way, without unpacking it to disk.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from django.apps import apps
from django.db import models

from linli.foundation.accounts.models import BrowserSession
from linli.foundation.tenancy import every_community
from linli.foundation.vault.fields import Sealed, SealedField

CHUNK = 1 << 20
DEEPEST = 3
"""A zip within a gzip within a tar is opened; what is wrapped more often is read as bytes."""


@dataclass(frozen=True)
class Trace:
    """``number`` says which of the given texts it is, counted from 0: the text itself is never repeated."""

    number: int
    where: str


class Texts:
    """What is looked for, in every form in which it may lie on a disk."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = [text.strip() for text in texts if len(text.strip()) > 1]
        self.forms = [(n, form) for n, text in enumerate(self.texts) for form in _forms(text)]
        self.longest = max((len(form) for _, form in self.forms), default=1)

    def in_bytes(self, data: bytes) -> set[int]:
        return {n for n, form in self.forms if form in data}

    def in_text(self, text: str) -> set[int]:
        folded = text.casefold()
        return {n for n, wanted in enumerate(self.texts) if wanted.casefold() in folded}

    def in_value(self, value: object) -> set[int]:
        """In one value of a column. A number is looked for among the digits of a text, not as part of a number."""
        if isinstance(value, Sealed):
            return {n for n, text in enumerate(self.texts) if value and value.matches(text)}
        if isinstance(value, bytes | memoryview):
            return self.in_bytes(bytes(value))
        if isinstance(value, str):
            return self.in_text(value)
        if isinstance(value, dict | list):
            return self.in_text(json.dumps(value, ensure_ascii=False))
        return set()


def scan_rows(texts: Texts) -> Iterator[Trace]:
    """In every table of the database, column by column, sessions decoded."""
    with every_community("a trace may be in any community's rows"):
        for model in apps.get_models(include_auto_created=True):
            yield from _scan_table(model, texts)


def scan_home(home: Path, texts: Texts, *, but: Iterable[Path] = ()) -> Iterator[Trace]:
    """In every file under a home."""
    left_out = {path.absolute() for path in but}
    for path in sorted(home.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.absolute() not in left_out:
            yield from _scan_file(path, str(path.relative_to(home)), texts)


def scan_members(tar: tarfile.TarFile, name: str, texts: Texts) -> Iterator[Trace]:
    """In every member of an archive that ``linli backup`` wrote, read once and in order; ``name`` is what it is called."""
    for entry in tar:
        member = tar.extractfile(entry) if entry.isreg() else None
        if member is not None:
            packed = _opener(cast(io.BufferedReader, member).peek(4)[:4]) is not None
            found = _look(io.BytesIO(member.read()), texts, 0) if packed else _read_through(member, texts)
            yield from _traces(found, f"{name}:{entry.name}")


def _scan_table(model: type[models.Model], texts: Texts) -> Iterator[Trace]:
    columns = [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, SealedField | models.CharField | models.TextField | models.JSONField | models.BinaryField)
    ]
    if not columns:
        return
    found: dict[str, set[int]] = {}
    rows = model._base_manager.values_list(*(field.attname for field in columns))
    for row in rows.iterator(chunk_size=1000):
        for field, value in zip(columns, row, strict=True):
            if numbers := texts.in_value(value):
                found.setdefault(field.name, set()).update(numbers)
    if model is BrowserSession:
        for session in BrowserSession.objects.iterator(chunk_size=500):
            if numbers := texts.in_value(session.get_decoded()):
                found.setdefault("session_data", set()).update(numbers)
    for name, numbers in sorted(found.items()):
        yield from _traces(numbers, f"{model._meta.label}.{name}")


def _scan_file(path: Path, name: str, texts: Texts) -> Iterator[Trace]:
    try:
        with path.open("rb") as file:
            yield from _traces(_look(file, texts, 0), name)
    except FileNotFoundError:
        return


def _traces(numbers: Iterable[int], where: str) -> Iterator[Trace]:
    for number in sorted(numbers):
        yield Trace(number, where)


def _look(file: IO[bytes], texts: Texts, depth: int) -> set[int]:
    head = file.read(4)
    file.seek(0)
    if depth < DEEPEST and (opened := _opener(head)) is not None:
        return opened(file, texts, depth)
    return _read_through(file, texts)


def _read_through(file: IO[bytes], texts: Texts) -> set[int]:
    found: set[int] = set()
    tail = b""
    while data := file.read(CHUNK):
        found |= texts.in_bytes(tail + data)
        tail = data[-texts.longest :]
    return found


def _opener(head: bytes) -> Callable[[IO[bytes], Texts, int], set[int]] | None:
    if head == b"PAR1":
        return _look_into_parquet
    if head[:2] == b"\x1f\x8b":
        return _look_into_gzip
    if head == b"PK\x03\x04":
        return _look_into_zip
    return None


def _look_into_parquet(file: IO[bytes], texts: Texts, depth: int) -> set[int]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.ParquetFile(io.BytesIO(file.read())).read()
    found: set[int] = set()
    for name in table.column_names:
        values = table[name]
        if pa.types.is_dictionary(values.type):
            values = values.cast(values.type.value_type)
        for value in values.unique().to_pylist():
            found |= texts.in_value(value if isinstance(value, str | bytes) else str(value))
    return found


def _look_into_gzip(file: IO[bytes], texts: Texts, depth: int) -> set[int]:
    try:
        with gzip.GzipFile(fileobj=file) as inside, tempfile.SpooledTemporaryFile(CHUNK) as plain:
            while data := inside.read(CHUNK):
                plain.write(data)
            plain.seek(0)
            if _is_tar(plain):
                return _look_into_tar(plain, texts, depth + 1)
            return _look(plain, texts, depth + 1)
    except (OSError, EOFError, zlib.error):
        file.seek(0)
        return _read_through(file, texts)


def _is_tar(file: IO[bytes]) -> bool:
    file.seek(257)
    mark = file.read(5)
    file.seek(0)
    return mark == b"ustar"


def _look_into_tar(file: IO[bytes], texts: Texts, depth: int) -> set[int]:
    found: set[int] = set()
    with tarfile.open(fileobj=file) as tar:
        for entry in tar:
            member = tar.extractfile(entry) if entry.isreg() else None
            if member is not None:
                found |= _look(member, texts, depth)
    return found


def _look_into_zip(file: IO[bytes], texts: Texts, depth: int) -> set[int]:
    found: set[int] = set()
    with zipfile.ZipFile(io.BytesIO(file.read())) as packed:
        for name in packed.namelist():
            with packed.open(name) as member:
                found |= _look(io.BytesIO(member.read()), texts, depth + 1)
    return found


def _forms(text: str) -> set[bytes]:
    escaped = json.dumps(text)[1:-1]
    return {text.encode(), text.encode("utf-16-le"), escaped.encode(), escaped.upper().replace("\\U", "\\u").encode()}
