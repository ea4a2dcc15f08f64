"""Two communities that stay for all of the fuzzing, the second one recognisable in whatever words or numbers of it leak."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, models

from linli.foundation.accounts.models import Account
from linli.foundation.accounts.sign_in import issue_token
from linli.foundation.tenancy import every_community
from linli.testing import SmallCommunity, build_community
from tests.sweep.objects import Objects, place_objects

MARK = "邻村"
THEIR_NAME = f"{MARK}社区"
"""In every name, word and code of the other community."""
FAR = 7_000_000
"""Its rows are numbered from here on."""
AFTER = 8_000_000
"""And what is written during the fuzzing from here on."""


@dataclass(frozen=True)
class TwoCommunities:
    """``tokens`` by role of the first community; ``their_numbers`` are the keys of every row of the second."""

    ours: Objects
    theirs: Objects
    tokens: dict[str, str]
    their_numbers: frozenset[int]


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """The application would close its connection after a request, as Django's own test client keeps it from doing; here that
    would end the transaction that takes everything back."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def two(django_db_setup, django_db_blocker) -> Iterator[TwoCommunities]:
    with django_db_blocker.unblock():
        here = build_community("mx", serial=1)
        ours = place_objects(here)
        _number_from(FAR)
        there = build_community("other", serial=2, name=THEIR_NAME)
        theirs = place_objects(there)
        _mark(there)
        numbers = _numbers()
        _number_from(AFTER)
        yield TwoCommunities(
            ours=ours,
            theirs=theirs,
            tokens={who: issue_token(account, label="fuzz") for who, account in here.accounts.items()},
            their_numbers=numbers,
        )
        call_command("flush", interactive=False, verbosity=0)


def _number_from(first: int) -> None:
    """SQLite and PostgreSQL each keep the next number of a table in their own place."""
    with connection.cursor() as cursor:
        for model in _numbered():
            table = model._meta.db_table
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, first])
            else:
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table, model._meta.pk.column, first]
                )


def _numbered() -> list[type[models.Model]]:
    return [one for one in apps.get_models() if isinstance(one._meta.pk, models.AutoField) and one._meta.managed]


def _numbers() -> frozenset[int]:
    found: set[int] = set()
    with every_community("the fuzzer knows both sides"):
        for model in _numbered():
            found.update(model._base_manager.filter(pk__gte=FAR).values_list("pk", flat=True))
    return frozenset(found)


def _mark(there: SmallCommunity) -> None:
    """Put the mark into every word that somebody of the other community wrote or is called by."""
    Account.objects.filter(community=there.community).update(
        display_name=models.functions.Concat(models.Value(MARK), "display_name")
    )
    with every_community("the fuzzer knows both sides"):
        for model in apps.get_models():
            names = {field.name for field in model._meta.concrete_fields}
            written = [
                field.name
                for field in model._meta.concrete_fields
                if field.name in WRITTEN
                and isinstance(field, models.CharField | models.TextField)
                and not field.choices
            ]
            if "community" in names and written:
                marked = {name: models.functions.Concat(models.Value(MARK), name) for name in written}
                model._base_manager.filter(community=there.community).update(**marked)


WRITTEN = {"name", "words", "title", "text", "summary", "evidence", "reader", "by_label", "result"}
"""Columns that people read."""
