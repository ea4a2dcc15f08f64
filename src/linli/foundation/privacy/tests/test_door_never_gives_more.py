"""Whoever asks, for whatever, whenever: the door gives only what the registry of purposes allows, and all that it allows.

The oracle below knows the registry as data and the small community by heart; it shares no code with the door.
"""

import tomllib
from contextlib import contextmanager
from datetime import timedelta
from importlib.resources import files

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Grant
from linli.foundation.errors import Refusal
from linli.foundation.privacy import concerning
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.door import NotDeclared, reveal, use
from linli.foundation.privacy.models import AccessRecord, Consent
from linli.foundation.privacy.rights.models import Suspension
from linli.testing import MONDAY_MORNING

REGISTRY = tomllib.loads(files("linli.foundation.privacy").joinpath("purposes.toml").read_text(encoding="utf-8"))
FIELDS = ("name", "phone", "address", "birth_date", "identity_number", "health", "care_grade", "finances", "secret")
GRID_OF = {"elder": 0, "resident": 0, "child": 0, "neighbour": 1, "newcomer": 1}
SEES_GRID = {"grid_lead": 0, "grid_worker": 0, "other_grid_worker": 1}
SEES_ALL = {"community_director", "community_worker"}
READERS = (
    *SEES_ALL,
    *SEES_GRID,
    "property_company",
    "street_office",
    "wall_display",
    "elder",
    "neighbour",
    "family_proxy",
)
ROLE_OF = {"other_grid_worker": "grid_worker"}
KINDS = ("case", "request", "warning", "rights", "visit", "drill", "nothing")
DECLARED = {kind for facts in REGISTRY.values() for kind in facts["about"]} | set(KINDS) - {"nothing"}
MATTERS_OF = {"elder": range(0, 10), "resident": range(10, 20), "child": range(20, 30), "neighbour": range(30, 40)}
"""Which numbers of each kind of work are about whom; even numbers are dangers to life."""


@pytest.fixture(autouse=True)
def work(monkeypatch, world):
    by_pk = {resident.pk: who for who, resident in world.residents.items()}

    def concerns(number, resident, reader, *, emergency):
        return number in MATTERS_OF.get(by_pk[resident.pk], ()) and (not emergency or number % 2 == 0)

    monkeypatch.setattr(concerning, "_kinds", dict.fromkeys(DECLARED, concerns))


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def sees(reader, whom, roles):
    if reader in SEES_ALL or (reader == "dpo" and "dpo" in roles):
        return True
    if reader in SEES_GRID:
        return SEES_GRID[reader] == GRID_OF[whom]
    return reader == whom or (reader, whom) == ("family_proxy", "elder")


def allowed(reader, role, whom, field, purpose, kind, number, *, agreed, stopped, granted):
    facts = REGISTRY.get(purpose)
    return (
        facts is not None
        and granted
        and sees(reader, whom, facts["roles"])
        and field in facts["fields"]
        and kind in facts["about"]
        and role in facts["roles"]
        and number in MATTERS_OF.get(whom, ())
        and (facts["ground"] != "emergency" or number % 2 == 0)
        and (facts["minors"] or whom != "child")
        and (agreed or "consent" not in facts["ground"])
        and not stopped
    )


@pytest.mark.django_db
@settings(max_examples=250, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_people_get_exactly_what_the_registry_allows(world, data):
    # Most of a request is drawn to fit, so that each single reason to refuse is met often.
    odd = data.draw(
        st.sets(st.sampled_from(("reader", "whom", "field", "kind", "number", "stopped", "days")), max_size=2)
    )
    purpose = data.draw(st.sampled_from((*REGISTRY, "case_contact", "emergency", "curiosity")))
    facts = REGISTRY.get(purpose, {})
    fitting = {
        "reader": [who for who in READERS if ROLE_OF.get(who, who) in facts.get("roles", ())],
        "whom": ["elder", "resident"],
        "field": facts.get("fields", ()),
        "kind": facts.get("about", ()),
        "stopped": [False],
        "days": [0, 1],
    }
    others = {
        "reader": READERS,
        "whom": tuple(GRID_OF),
        "field": FIELDS,
        "kind": KINDS,
        "stopped": [True],
        "days": [400],
    }

    def drawn(name):
        return data.draw(st.sampled_from(list(() if name in odd else fitting[name]) or list(others[name])))

    reader, whom, field, kind = (drawn(name) for name in ("reader", "whom", "field", "kind"))
    stopped, days, agreed = drawn("stopped"), drawn("days"), data.draw(st.booleans())
    matters = list(MATTERS_OF.get(whom, ()))[:4:2]
    number = data.draw(st.sampled_from([1, 15, 32, 99] if "number" in odd or not matters else matters))
    with undone(), world.scope(), clock.frozen(MONDAY_MORNING + timedelta(days=days)):
        account, resident = world.accounts[reader], world.residents[whom]
        Grant.objects.filter(account=account).update(expires_at=MONDAY_MORNING + timedelta(days=365))
        resident.identity_number, resident.health_note, resident.care_grade = "330106194105201234", "青霉素过敏", "2"
        resident.save()
        if agreed and "consent" in REGISTRY.get(purpose, {}).get("ground", "") and whom != "child":
            give_consent(
                resident,
                purpose,
                channel="door",
                evidence="纸",
                actor=Actor.for_system("test", world.community.pk),
            )
        if stopped:
            _stop(resident, purpose)
        expected = allowed(
            reader, ROLE_OF.get(reader, reader), whom, field, purpose, kind, number,
            agreed=Consent.objects.in_force().filter(resident=resident, purpose=purpose).exists(),
            stopped=stopped, granted=days < 365 or reader in {"elder", "neighbour", "family_proxy"},
        )  # fmt: skip
        try:
            value = reveal(resident, field, purpose, f"{kind}:{number}", actor=world.actor(reader))
        except Refusal:
            value = None
        assert (value is not None) == expected
        assert AccessRecord.objects.filter(resident=resident, account=account).count() == (1 if expected else 0)


@pytest.mark.django_db
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(
    whom=st.sampled_from(tuple(GRID_OF)),
    column=st.sampled_from(("phone", "identity_number", "care_grade", "birth_date", "health_note", "address")),
    purpose=st.sampled_from((*REGISTRY, "curiosity")),
    kind=st.sampled_from((*KINDS, "account", "publication", "joint", "consent", "")),
    stopped=st.booleans(),
    agreed=st.booleans(),
)
def test_the_software_uses_exactly_what_the_registry_lets_it_use(world, whom, column, purpose, kind, stopped, agreed):
    facts = REGISTRY.get(purpose)
    field = {"health_note": "health"}.get(column, column)
    with undone(), world.scope(), clock.frozen(MONDAY_MORNING):
        resident = world.residents[whom]
        resident.identity_number, resident.health_note, resident.care_grade = "330106194105201234", "青霉素过敏", "2"
        resident.save()
        asks = facts is not None and "consent" in facts["ground"]
        if agreed and asks and whom != "child":
            give_consent(
                resident, purpose, channel="door", evidence="纸", actor=Actor.for_system("test", world.community.pk)
            )
        if stopped:
            _stop(resident, purpose)
        expected = (
            facts is not None
            and field in facts.get("machine", ())
            and kind in facts["about"]
            and (facts["minors"] or whom != "child")
            and (not asks or agreed)
            and not stopped
        )
        try:
            value = use(resident, column, purpose, about=f"{kind}:1")
        except NotDeclared:
            value = None
        assert (value is not None) == expected
        records = AccessRecord.objects.filter(resident=resident, kind="machine", field=field)
        assert records.count() == (1 if expected else 0)


def _stop(resident, purpose):
    Suspension.objects.create(resident=resident, purpose=purpose, since=clock.now())
