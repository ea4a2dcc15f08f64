"""A protected field is shown to who may see it, for a stated purpose, on record: or not at all."""

import json
from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.accounts.refusals import TooMany
from linli.foundation.accounts.roles import Role
from linli.foundation.accounts.sign_in import issue_token
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.models import Event
from linli.foundation.privacy import concerning
from linli.foundation.privacy.door import REVEALS_A_DAY, reveal
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.purposes import all_purposes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def work_on_the_elder(monkeypatch):
    """Domains above this layer say whom their work concerns: here every case and warning below 100 is the elder's."""

    def concerns(number, resident, reader, *, emergency):
        return number < 100 and resident.name == "孟广田"

    monkeypatch.setattr(concerning, "_kinds", {"case": concerns, "warning": concerns})


def call(client, account, method, path, body=None):
    bearer = {"Authorization": f"Bearer {issue_token(account, label='test')}"}
    if method == "get":
        return client.get(f"/api/v1{path}", headers=bearer)
    return client.post(f"/api/v1{path}", json.dumps(body or {}), content_type="application/json", headers=bearer)


def test_the_reveal_is_recorded_and_the_resident_sees_who_and_why(client, world, monday_morning):
    elder = world.residents["elder"]
    body = {"field": "phone", "purpose": "case_contact", "about": "case:7"}
    answer = call(client, world.accounts["grid_worker"], "post", f"/residents/{elder.pk}/reveal", body)
    assert answer.json() == {"value": world.phones["elder"]}
    seen = call(client, world.accounts["elder"], "get", "/my/access-records").json()["items"]
    assert [(one["reader"], one["field"], one["about"]) for one in seen] == [
        ("专职网格员 grid_worker", "phone", "case:7")
    ]
    assert call(client, world.accounts["family_proxy"], "get", "/my/access-records").json()["count"] == 0
    assert call(client, world.accounts["neighbour"], "get", "/my/access-records").json()["count"] == 0
    event = Event.objects.get(kind="privacy.field_revealed")
    assert world.phones["elder"] not in json.dumps(event.data)


@pytest.mark.parametrize(
    ("who", "field", "purpose", "about", "refusal"),
    [
        ("other_grid_worker", "phone", "case_contact", "case:1", NotFound),
        ("neighbour", "phone", "case_contact", "case:1", NotFound),
        ("wall_display", "phone", "case_contact", "case:1", NotFound),
        ("elder", "phone", "case_contact", "case:1", NotAllowed),
        ("family_proxy", "phone", "case_contact", "case:1", NotAllowed),
        ("grid_worker", "birth_date", "case_contact", "case:1", Invalid),
        ("grid_worker", "phone", "water_care", "warning:1", Invalid),
        ("grid_worker", "phone", "curiosity", "case:1", Invalid),
        ("grid_worker", "phone", "case_contact", "", Invalid),
        ("grid_worker", "phone", "case_contact", "warning:1", Invalid),
        ("grid_worker", "phone", "case_contact", "case:100", Invalid),
        ("grid_worker", "phone", "case_contact", "request:1", Invalid),
        ("grid_worker", "code", "case_contact", "case:1", Invalid),
    ],
)
def test_whatever_does_not_fit_is_refused_and_leaves_no_value(world, who, field, purpose, about, refusal):
    with world.scope():
        with pytest.raises(refusal):
            reveal(world.residents["elder"], field, purpose, about, actor=world.actor(who))
        assert not AccessRecord.objects.exists()
        reveal(world.residents["elder"], "phone", "case_contact", "case:1", actor=world.actor("grid_worker"))
        assert AccessRecord.objects.count() == 1


def test_work_about_somebody_else_is_no_reason_to_see_this_person(world):
    with world.scope(), pytest.raises(Invalid) as refused:
        reveal(world.residents["resident"], "phone", "case_contact", "case:1", actor=world.actor("grid_worker"))
    assert refused.value.code == "about_somebody_else"


def test_another_communitys_director_sees_nobody_here(client, world, other_world):
    body = {"field": "phone", "purpose": "case_contact", "about": "case:1"}
    elder = world.residents["elder"].pk
    for who in ("community_director", "grid_worker", "street_office"):
        answer = call(client, other_world.accounts[who], "post", f"/residents/{elder}/reveal", body)
        assert answer.status_code == 404, who


def test_a_day_has_a_quota_that_an_emergency_does_not_know(world, monday_morning):
    worker = world.actor("grid_worker")
    with world.scope():
        for n in range(REVEALS_A_DAY):
            reveal(world.residents["elder"], "phone", "case_contact", f"case:{n}", actor=worker)
        with pytest.raises(TooMany):
            reveal(world.residents["elder"], "phone", "case_contact", "case:99", actor=worker)
        assert reveal(world.residents["elder"], "birth_date", "emergency", "warning:1", actor=worker) == "1941-05-20"
        with clock.frozen(monday_morning + timedelta(days=1)):
            assert reveal(world.residents["elder"], "phone", "case_contact", "case:99", actor=worker)


def test_every_purpose_names_its_ground_its_roles_and_speaks_both_languages():
    for purpose in all_purposes().values():
        assert purpose.roles <= set(Role)
        assert purpose.about and purpose.keep_months > 0
        assert bool(purpose.roles) == bool(purpose.fields or purpose.senses or purpose.observes)
        assert purpose.law.startswith("PIPL")
        assert purpose.zh and purpose.en and purpose.zh != purpose.en
        assert purpose.needs_consent >= bool(purpose.senses)


def test_anybody_may_read_the_purposes(client, world):
    answer = client.get("/api/v1/purposes")
    assert {one["key"] for one in answer.json()} == set(all_purposes())
