"""What is masked is seen from the work it is needed for, and the person reads that it was."""

import pytest

from linli.act.care.actions import ask_for_round
from linli.act.care.models import Visit
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.rights.actions import ask, take
from linli.foundation.privacy.rights.actions.asking import Asked

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
