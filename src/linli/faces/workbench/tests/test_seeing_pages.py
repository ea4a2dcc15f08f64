"""What is masked is seen from the work it is needed for, and the person reads that it was."""

import pytest
from django.test import Client

from linli.act.care.actions import ask_for_round
from linli.act.care.models import Visit
from linli.act.casework.actions import receive
from linli.act.casework.models import Case
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.rights.actions import ask, take
from linli.foundation.privacy.rights.actions.asking import Asked
from linli.foundation.privacy.sensing.models import Declaration
from linli.sense.telemetry.models import Device, LastValue
from linli.understand.warnings.actions import raise_warning
from linli.understand.warnings.places import Place

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def visit(world):
    with world.scope():
        elder = world.residents["elder"]
        elder.health_note = "青霉素过敏"
        elder.save()
        ask_for_round(elder, "water_care", actor=world.actor("elder"))
        return Visit.objects.get()


def signed_in(client, world, who):
    client.force_login(world.accounts[who], backend="django.contrib.auth.backends.ModelBackend")
    return client


def see(client, world, field, purpose, about):
    address = f"/workbench/people/{world.residents['elder'].pk}/see/"
    return client.post(address, {"field": field, "purpose": purpose, "about": about}, follow=True)


def test_at_the_door_the_worker_sees_what_health_needs_once_the_person_agreed(world, client, visit):
    worker = signed_in(client, world, "grid_worker")
    page = worker.get("/workbench/visits/").content.decode()
    assert 'name="field" value="health"' in page and "青霉素过敏" not in page
    refused = see(worker, world, "health", "care_round", f"visit:{visit.pk}").content.decode()
    assert "这位居民没有同意，不能看" in refused and "青霉素过敏" not in refused
    with world.scope():
        give_consent(world.residents["elder"], "care_round", channel="app", actor=world.actor("elder"))
    answer = see(worker, world, "health", "care_round", f"visit:{visit.pk}")
    assert "青霉素过敏" in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert "watermark" in answer.content.decode()
    with world.scope():
        assert AccessRecord.objects.filter(field="health", about=f"visit:{visit.pk}").count() == 1


def test_the_lead_checks_who_asks_from_the_request(world, client):
    with world.scope():
        elder = world.residents["elder"]
        elder.identity_number = "330106194105201238"
        elder.save()
        made = ask(elder, Asked("deletion"), actor=world.actor("elder"))
        take(made.pk, actor=world.actor("dpo"))
    lead = signed_in(client, world, "dpo")
    assert 'value="identity_number"' in lead.get(f"/workbench/privacy/rights/{made.pk}/").content.decode()
    seen = see(lead, world, "identity_number", "rights_request", f"rights:{made.pk}").content.decode()
    assert "330106194105201238" in seen


@pytest.mark.parametrize("who", ["neighbour", "other_grid_worker", "wall_display"])
def test_nobody_else_sees_anything(world, client, visit, who):
    stranger = signed_in(client, world, who)
    body = see(stranger, world, "health", "care_round", f"visit:{visit.pk}").content.decode()
    assert "青霉素过敏" not in body
    with world.scope():
        assert not AccessRecord.objects.filter(field="health").exists()


@pytest.fixture
def in_danger(world):
    """A P0 case about the elder's home, and what the registry knows of the elder."""
    with world.scope():
        elder = world.residents["elder"]
        elder.health_note, elder.care_grade = "青霉素过敏", "3"
        elder.save()
        case = receive("老人摔倒了，起不来", actor=world.actor("elder")).case
        Case.objects.filter(pk=case.pk).update(level="P0")
        return case


@pytest.mark.parametrize(
    ("field", "said"), [("health", "青霉素过敏"), ("birth_date", "1941-05-20"), ("care_grade", "3")]
)
def test_where_life_is_in_danger_health_care_and_birthday_have_their_button(world, client, in_danger, field, said):
    worker = signed_in(client, world, "grid_worker")
    page = worker.get(f"/workbench/cases/{in_danger.pk}/").content.decode()
    assert f'name="field" value="{field}"' in page and "青霉素过敏" not in page
    answer = see(worker, world, field, "emergency", f"case:{in_danger.pk}")
    assert said in answer.content.decode()
    assert f"/workbench/cases/{in_danger.pk}/" in answer.content.decode()
    with world.scope():
        Case.objects.filter(pk=in_danger.pk).update(level="P2")
        assert AccessRecord.objects.get(field=field).purpose == "emergency"
    calm = worker.get(f"/workbench/cases/{in_danger.pk}/").content.decode()
    assert 'name="field"' not in calm


def test_keeping_the_register_right_starts_on_the_persons_page(world, client):
    elder = world.residents["elder"]
    address = f"/workbench/people/{elder.pk}/consents/"
    page = signed_in(client, world, "community_worker").get(address).content.decode()
    assert 'name="field" value="birth_date"' in page
    answer = see(client, world, "birth_date", "registry_upkeep", f"resident:{elder.pk}").content.decode()
    assert "1941-05-20" in answer and address in answer
    assert 'name="field"' not in signed_in(client, world, "grid_worker").get(address).content.decode()


def test_only_who_is_locked_out_can_be_unlocked(world, client):
    director = signed_in(client, world, "community_director")
    assert "unlock" not in director.get("/workbench/accounts/").content.decode()
    worker = world.accounts["grid_worker"]
    body = {"username": worker.username, "password": "wrong"}
    for _try in range(6):
        Client().post("/api/v1/sign-in", body, content_type="application/json")
    page = director.get("/workbench/accounts/").content.decode()
    assert f"/workbench/accounts/{worker.pk}/unlock/" in page
    assert page.count("/unlock/") == 1


def test_first_values_on_the_spot_and_a_warning_over_the_api_are_looks_that_the_home_reads_of(world, client):
    with world.scope():
        elder, director = world.residents["elder"], world.accounts["community_director"]
        give_consent(elder, "water_care", channel="app", actor=world.actor("elder"))
        now = clock.now()
        meter = Device.objects.create(code="w-9", type="water_meter", home=elder.home, credential_digest="0" * 64,
                                      enrolled_at=now, last_seen_at=now)  # fmt: skip
        LastValue.objects.create(device=meter, metric="volume", value=812.3, time=now)
        looks = AccessRecord.objects.filter(about=f"device:{meter.pk}", resident=elder)
    told = signed_in(client, world, "community_director").get(f"/workbench/devices/{meter.pk}/first/")
    assert "812.3" in told.content.decode()
    with world.scope():
        assert looks.get().account_id == director.pk
        warning = raise_warning(
            "no_water", source=f"home:{elder.home_id}", level="P1", device_id=meter.pk,
            place=Place(world.grids[0].pk, elder.home.entrance.building_id, elder.home_id),
            evidence={"since": now.isoformat(), "hours": 12, "litres": 0}, actor=Actor.for_system("detector.no_water"),
        )  # fmt: skip
    signed_in(client, world, "community_worker").get(f"/api/v1/warnings/{warning.pk}")
    client.get("/api/v1/warnings")
    with world.scope():
        reader = world.accounts["community_worker"].pk
        assert looks.filter(account_id=reader).count() == 1, "once an hour, however often"


def test_who_is_not_told_what_the_device_said_has_looked_at_nothing(world, client):
    with world.scope():
        elder = world.residents["elder"]
        give_consent(elder, "water_care", channel="app", actor=world.actor("elder"))
        Declaration.objects.filter(type="water_meter", inside_homes=True).update(viewers=["community_director"])
        meter = Device.objects.create(code="w-9", type="water_meter", home=elder.home, credential_digest="0" * 64,
                                      enrolled_at=clock.now(), last_seen_at=clock.now())  # fmt: skip
        LastValue.objects.create(device=meter, metric="volume", value=812.3, time=clock.now())
    told = signed_in(client, world, "grid_worker").get(f"/workbench/devices/{meter.pk}/first/").content.decode()
    assert "812.3" not in told
    with world.scope():
        assert not AccessRecord.objects.exists()
