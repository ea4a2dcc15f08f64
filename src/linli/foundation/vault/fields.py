"""Columns that the database holds sealed and Python never holds open.

``instance.phone`` is a :class:`Sealed` from the moment it is set: printing, comparing or serialising it shows
nothing. Setting a plain text seals it. ``foundation/privacy/door.py`` is the one way to the text.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from linli.foundation.vault.index import blind_index, current_index, normalised
from linli.foundation.vault.sealing import seal, unseal

DOTS = "●●●●"


class Sealed:
    """An opaque value: true when there is one, equal only to itself. ``indexes`` (by length of the tail, 0 for the
    whole) are known only right after sealing."""

    __slots__ = ("indexes", "label", "token")

    def __init__(self, token: str, label: str, indexes: dict[int, str] | None = None) -> None:
        self.token, self.label, self.indexes = token, label, indexes or {}

    @classmethod
    def of(cls, text: str, label: str, tails: Iterable[int] = (0,)) -> Sealed:
        return cls(seal(text, label), label, {tail: current_index(label, text, tail) for tail in tails})

    def matches(self, text: str) -> bool:
        """Whether this is the sealed form of ``text``: says yes or no, never what it is."""
        return hmac.compare_digest(normalised(unseal(self.token, self.label)).encode(), normalised(text).encode())

    def holds_same_as(self, other: Sealed) -> bool:
        """Whether both are sealed forms of one text, of whatever columns: says yes or no, never what it is."""
        return bool(self) and bool(other) and self.matches(unseal(other.token, other.label))

    def __bool__(self) -> bool:
        return bool(self.token)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and (other.token, other.label) == (self.token, self.label)

    def __hash__(self) -> int:
        return hash((self.token, self.label))

    def __str__(self) -> str:
        return DOTS if self.token else ""

    def __repr__(self) -> str:
        return f"<Sealed {self.label}>"

    def __reduce__(self):
        raise TypeError("a sealed value is not pickled")


class _SealingAttribute(DeferredAttribute):
    field: SealedField

    def __set__(self, instance: models.Model, value: Any) -> None:
        if isinstance(value, str):
            value = Sealed.of(value, self.field.label, self.field.tails)
        elif isinstance(value, Sealed) and value and value.label != self.field.label:
            raise TypeError(f"sealed for {value.label}, not for {self.field.label}")
        instance.__dict__[self.field.attname] = value


class SealedField(models.TextField):
    """A text sealed at rest. It can be asked for emptiness, and for equality through its :class:`BlindIndexField`.

    ``protects`` names the protected field that it holds, in the words of the registry of purposes.
    """

    descriptor_class = _SealingAttribute

    def __init__(self, *args: Any, protects: str = "", **kwargs: Any) -> None:
        self.protects = protects
        super().__init__(*args, **kwargs)

    @cached_property
    def tails(self) -> tuple[int, ...]:
        """What the indexes beside it cover: 0 the whole text, 4 its last four characters."""
        return tuple(one.tail for one in indexes_of(self))

    @property
    def label(self) -> str:
        """What the seal is bound to: ``registry.resident.phone``."""
        return f"{self.model._meta.label_lower}.{self.name}"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Sealed | None:
        return None if value is None else Sealed(value, self.label)

    def to_python(self, value: Any) -> Any:
        return value

    def get_prep_value(self, value: Any) -> str | None:
        if isinstance(value, Sealed):
            return value.token
        if value is None or value == "":
            return value
        raise TypeError(
            f"{self.label} is sealed: set it on an instance and save, and search by {self.name}_index with blind_index()"
        )

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj) or "")


class _IndexAttribute(DeferredAttribute):
    """Follows the sealed value beside it for as long as that one still knows its digest."""

    field: BlindIndexField

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        if instance is None:
            return self
        sealed = instance.__dict__.get(self.field.of)
        if isinstance(sealed, Sealed) and self.field.tail in sealed.indexes:
            return sealed.indexes[self.field.tail] or self.field.nothing
        if self.field.of in instance.__dict__ and sealed is None:
            return self.field.nothing
        return super().__get__(instance, cls)

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class BlindIndexField(models.CharField):
    """The blind index of the sealed column named ``of``, or of its last ``tail`` characters; ``null=True`` where it is
    unique and may be absent."""

    descriptor_class = _IndexAttribute

    def __init__(self, *args: Any, of: str = "", tail: int = 0, **kwargs: Any) -> None:
        self.of, self.tail = of, tail
        kwargs.setdefault("max_length", 48)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of, **({"tail": self.tail} if self.tail else {})}

    @property
    def nothing(self) -> str | None:
        return None if self.null else ""


def holds(model: type[models.Model], **wanted: str) -> models.Q:
    """The condition that a sealed column holds exactly this text: ``holds(Account, phone="19900000001")``.

    Raises :class:`~linli.foundation.vault.errors.KeysUnavailable`.
    """
    [(column, text)] = wanted.items()
    return _indexed(model, column, text, 0)


def ends_with(model: type[models.Model], **wanted: str) -> models.Q:
    """The condition that a sealed column ends with this text, which must be as long as one of its tail indexes."""
    [(column, text)] = wanted.items()
    return _indexed(model, column, text, len(text))


def _indexed(model: type[models.Model], column: str, text: str, tail: int) -> models.Q:
    field = model._meta.get_field(column)
    assert isinstance(field, SealedField)
    index = next(one for one in indexes_of(field) if one.tail == tail)
    return models.Q(**{f"{index.name}__in": blind_index(field.label, text, tail)})


def indexes_of(sealed: SealedField) -> list[BlindIndexField]:
    """The blind indexes that stand beside a sealed column."""
    return [
        one for one in sealed.model._meta.local_fields if isinstance(one, BlindIndexField) and one.of == sealed.name
    ]


def sealed_columns() -> list[SealedField]:
    """Every sealed column of the installed apps, in a stable order."""
    from django.apps import apps

    found = [
        field for model in apps.get_models() for field in model._meta.local_fields if isinstance(field, SealedField)
    ]
    return sorted(found, key=lambda field: field.label)
