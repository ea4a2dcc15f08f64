"""Erasing somebody reaches every table: by the database itself, by its app, or its app says why nothing is left there."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from linli.foundation.privacy.retention.person import named_tables
from tests.test_holdings import leads_to_people


def goes_with_the_person(model: type[models.Model], seen: frozenset[str] = frozenset()) -> bool:
    """Whether the database deletes a row together with the resident or the account that it leads to."""
    label = model._meta.label_lower
    if label in {"registry.resident", "accounts.account"}:
        return True
    return any(
        goes_with_the_person(field.related_model, seen | {label})
        for field in model._meta.fields
        if field.is_relation
        and field.remote_field.on_delete is models.CASCADE
        and field.related_model._meta.label_lower not in seen
    )


def test_every_table_that_leads_to_a_person_is_reached_by_an_erasure():
    named = named_tables()
    forgotten = [
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if leads_to_people(model) and model._meta.label_lower not in named and not goes_with_the_person(model)
    ]
    assert forgotten == [], "register these in their app's retention.py: erases(...) or spares(..., reason)"


def test_only_tables_that_exist_are_named():
    there = {model._meta.label_lower for model in apps.get_models(include_auto_created=True)}
    assert sorted(named_tables().keys() - there) == []


def test_the_walk_tells_what_goes_from_what_stays():
    assert goes_with_the_person(apps.get_model("care.Visit"))
    assert goes_with_the_person(apps.get_model("privacy.AccessRecord"))
    assert not goes_with_the_person(apps.get_model("requests.Request"))
    assert not goes_with_the_person(apps.get_model("telemetry.LastValue"))
