"""Consent is one person's word for one home and one purpose, and is taken back as easily as given."""

import json

import pytest

from linli.foundation.accounts.models import ProxyAuthority
from linli.foundation.accounts.sign_in import issue_token
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.models import Event
from linli.foundation.privacy.consents.actions import give_consent, withdraw_consent
from linli.foundation.privacy.consents.standing import sensed_homes
from linli.foundation.privacy.models import Consent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def agree(world, who="elder", by=None, **more):
    return give_consent(
        world.residents[who], more.pop("purpose", "water_care"), actor=world.actor(by or who),
        **{"channel": "app", **more},
    )  # fmt: skip


def test_a_resident_agrees_and_takes_it_back(client, world):
    bearer = {"Authorization": f"Bearer {issue_token(world.accounts['elder'], label='test')}"}

    def post(path, body):
        return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=bearer)

    home = world.residents["elder"].home_id
    given = post("/consents", {"purpose": "water_care"})
    assert given.status_code == 201
    with world.scope():
        assert sensed_homes("water_care", {home})
        assert not sensed_homes("door_care", {home})
    taken_back = post(f"/consents/{given.json()['id']}/withdraw", {}).json()
    assert taken_back["withdrawn_at"]
    with world.scope():
        assert not sensed_homes("water_care", {home})
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == [
        "privacy.consent_given",
        "privacy.consent_withdrawn",
        "privacy.consent_declined",
    ]
    assert client.get("/api/v1/my/consents", headers=bearer).json()["count"] == 1


def test_giving_or_taking_back_twice_changes_nothing(world):
    with world.scope():
        first, second = agree(world), agree(world)
        assert first == second
        withdraw_consent(first, actor=world.actor("elder"))
        ended = withdraw_consent(first, actor=world.actor("elder")).withdrawn_at
        assert Consent.objects.get().withdrawn_at == ended
        assert Event.objects.count() == 3
        assert agree(world) != first


def test_staff_write_down_a_consent_only_with_its_evidence(world):
    with world.scope():
        for wrong in (
            {"channel": "app", "evidence": "said so"},
            {"channel": "door"},
            {"channel": "door", "evidence": " "},
        ):
            with pytest.raises(Invalid, match="同意的"):
                agree(world, by="grid_worker", **wrong)
        assert agree(world, by="grid_worker", channel="door", evidence="signed sheet 12").channel == "door"


def test_a_proxy_may_take_back_but_not_give(world):
    with world.scope():
        with pytest.raises(NotAllowed):
            agree(world, by="family_proxy")
        ProxyAuthority.objects.update(scopes=["privacy"])
        withdraw_consent(agree(world), actor=world.actor("family_proxy"))
        assert not Consent.objects.in_force().exists()


def test_strangers_and_other_grids_cannot_touch_it(world):
    with world.scope():
        consent = agree(world)
        for who in ("neighbour", "other_grid_worker", "wall_display"):
            with pytest.raises(NotFound):
                withdraw_consent(consent, actor=world.actor(who))
            with pytest.raises(NotFound):
                agree(world, by=who)
        assert Consent.objects.in_force().count() == 1


@pytest.mark.parametrize(
    ("who", "more", "code"),
    [
        ("resident", {"purpose": "case_contact"}, "no_consent_needed"),
        ("resident", {"purpose": "nothing"}, "unknown_purpose"),
        ("resident", {"channel": "dream"}, "unknown_channel"),
    ],
)
def test_what_cannot_be_agreed_to_is_refused(world, who, more, code):
    with world.scope(), pytest.raises(Invalid) as refusal:
        agree(world, who, **more)
    assert refusal.value.code == code


def test_a_child_and_another_home_are_refused(world):
    with world.scope():
        with pytest.raises(Invalid) as refusal:
            agree(world, "child", by="community_worker", channel="door", evidence="sheet", purpose="smoke_care")
        assert refusal.value.code == "too_young"
        with pytest.raises(Invalid) as refusal:
            agree(world, "elder", home=world.homes[2])
        assert refusal.value.code == "not_their_home"
