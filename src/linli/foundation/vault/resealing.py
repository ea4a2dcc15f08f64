"""Bringing every sealed value under the current keys while the system runs: after a rotation, or after an outage."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.conf import settings
from django.db import models
from django.db.models import CharField, F, Q
from django.db.models.functions import Cast

from linli.foundation.tenancy import every_community
from linli.foundation.vault.errors import Unreadable
from linli.foundation.vault.fields import Sealed, SealedField, indexes_of, sealed_columns
from linli.foundation.vault.index import current_index
from linli.foundation.vault.keyring import HELD_FOR, replace_ring, ring
from linli.foundation.vault.sealing import BOXED, CIPHERS, FILE_MARK, seal, seal_bytes, unseal, unseal_bytes

log = logging.getLogger(__name__)

BATCH = 200
GRACE = 5.0

Stale = Callable[[str], int]
_elsewhere: list[Stale] = []


class RotationUnderWay(RuntimeError):
    """Somebody is rotating the keys already."""


def reseals(fn: Stale) -> Stale:
    """Register what lies sealed outside the database: ``fn(prefix)`` reseals what does not begin with the prefix of
    the current key and returns how many."""
    _elsewhere.append(fn)
    return fn


def reseals_files(*columns: tuple[type[models.Model], str, str]) -> None:
    """Register binary columns that hold whole files sealed: model, column, and the label they are sealed with."""

    def reseal(prefix: str) -> int:
        with every_community("keys belong to the whole installation"):
            return sum(_reseal_files(model, column, label, prefix.encode()) for model, column, label in columns)

    reseals(reseal)


def current_prefix() -> str:
    """What a token under the current key and cipher begins with; raises :class:`KeysUnavailable`."""
    return f"1.{CIPHERS[settings.LINLI_CIPHER]}.{ring().data.current}."


def reseal_all() -> int:
    """Seal everything that is not under the current keys with them; returns how many values changed.

    A value that somebody changes meanwhile is left to its new writer. Raises :class:`KeysUnavailable`.
    """
    prefix, index = current_prefix(), f"{ring().index.current}:"
    with every_community("keys belong to the whole installation"):
        changed = sum(_reseal_column(column, prefix, index) for column in sealed_columns())
    return changed + sum(fn(prefix) for fn in _elsewhere)


def waiting() -> int:
    """How many values of the database were written while the keys were away and still wait for them."""
    with every_community("keys belong to the whole installation"):
        return sum(_raw(column).filter(raw__startswith=BOXED).count() for column in sealed_columns())


def rotate(*, wait: float = HELD_FOR + GRACE, say: Callable[[str], None] = lambda words: None) -> int:
    """Make new keys current, reseal everything, and destroy the old ones once nothing uses them: the box too, but it is kept
    while anything waits that was sealed to it. The root stays (:mod:`.noise`).

    ``wait`` (seconds) lets processes that still hold the old ring learn of the new one before the last look. Safe to
    run again after a stop at any moment. Returns how many values were resealed. Raises :class:`KeysUnavailable`,
    :class:`RotationUnderWay`.
    """
    with _alone():
        replace_ring(ring(fresh=True).rotated())
        ring(fresh=True)  # from now on whoever writes without keys seals to the new box
        say(f"new keys: {ring().data.current}, {ring().index.current}")
        changed = reseal_all()
        time.sleep(wait)
        while late := reseal_all():
            changed += late
            time.sleep(wait)
        now = ring(fresh=True)
        old = [*now.data.secrets, *now.index.secrets]
        for name in old:
            if name in now.data.secrets and name != now.data.current:
                now = replace(now, data=now.data.without(name))
            if name in now.index.secrets and name != now.index.current:
                now = replace(now, index=now.index.without(name))
        if not waiting():
            now = now.without_old_boxes()
        replace_ring(now)
        say(f"{changed} values resealed, {len(old) - 2} old keys destroyed")
        return changed


def _reseal_files(model: type[models.Model], column: str, label: str, prefix: bytes) -> int:
    rows, changed = model._default_manager, 0
    for pk, held in rows.exclude(**{column: b""}).values_list("pk", column).iterator(chunk_size=1):
        if not bytes(held).removeprefix(FILE_MARK).startswith(prefix):
            anew = seal_bytes(unseal_bytes(bytes(held), label), label)
            # One that was decided about or has lapsed meanwhile is gone, and stays so.
            changed += rows.filter(pk=pk).update(**{column: anew})
    return changed


def _reseal_column(field: SealedField, prefix: str, index_prefix: str) -> int:
    stale = ~Q(raw__startswith=prefix)
    for index in indexes_of(field):
        stale |= Q(**{f"{index.name}__isnull": True}) | ~Q(**{f"{index.name}__startswith": index_prefix})
    changed, after = 0, None
    while True:
        rows = _raw(field).filter(stale).order_by("pk")
        batch = list((rows if after is None else rows.filter(pk__gt=after)).values_list("pk", "raw")[:BATCH])
        if not batch:
            return changed
        changed += sum(_reseal(field, pk, token) for pk, token in batch)
        after = batch[-1][0]


def _reseal(field: SealedField, pk: object, token: str) -> int:
    """What no key opens stays as it is and is told to the operator: one broken value holds up no other."""
    try:
        text = unseal(token, field.label)
    except Unreadable as broken:
        log.error("%s of row %s cannot be opened: %s", field.label, pk, broken.why)
        return 0
    values: dict[str, object] = {field.name: Sealed(seal(text, field.label), field.label)}
    for index in indexes_of(field):
        values[index.name] = current_index(field.label, text, index.tail)
    unchanged = {field.name: Sealed(token, field.label)}
    return field.model._base_manager.filter(pk=pk, **unchanged).update(**values)


def _raw(field: SealedField):
    rows = field.model._base_manager.annotate(raw=Cast(F(field.name), CharField()))
    return rows.exclude(raw="").exclude(raw=None)


@contextmanager
def _alone() -> Iterator[None]:
    path = settings.LINLI_HOME / "keys" / "rotating"
    path.parent.mkdir(parents=True, exist_ok=True)
    # Whatever lies among the keys is its owner's alone: linli doctor asks for it.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        os.fchmod(file.fileno(), 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise RotationUnderWay from busy
        yield
