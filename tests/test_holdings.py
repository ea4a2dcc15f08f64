"""What is held about somebody: every table that leads to a person is told by its app, or says why there is nothing to tell."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from linli.foundation.privacy.holdings import named_tables

PEOPLE = frozenset({"registry.resident", "registry.household", "registry.home", "accounts.account"})
KEEPS_NUMBERS = frozenset({"notices.notice", "requests.request"})
"""Name a telephone without leading to a row of a person."""


def leads_to_people(model: type[models.Model], seen: frozenset[str] = frozenset()) -> bool:
    """Whether a row leads to a person or a home by following its own references, however many."""
    label = model._meta.label_lower
    if label in PEOPLE | KEEPS_NUMBERS:
        return True
    return any(
        leads_to_people(reference.related_model, seen | {label})
        for reference in [*model._meta.fields, *model._meta.many_to_many]
        if isinstance(reference.related_model, type) and reference.related_model._meta.label_lower not in seen
    )


def test_every_table_that_leads_to_a_person_is_named_by_its_app():
    named = named_tables()
    forgotten = [
        model._meta.label
        for model in apps.get_models()
        if leads_to_people(model) and model._meta.label_lower not in named
    ]
    assert forgotten == [], "register these in their app's holding.py: holds(...) or holds_nothing(..., reason)"


def test_only_tables_that_exist_are_named():
    there = {model._meta.label_lower for model in apps.get_models()}
    assert sorted(named_tables().keys() - there) == []


def test_a_new_table_would_be_noticed():
    """The walk finds what hangs on a resident through another row."""
    assert leads_to_people(apps.get_model("casework.Rating"))
    assert leads_to_people(apps.get_model("telemetry.LastValue"))
    assert not leads_to_people(apps.get_model("registry.Estate"))
