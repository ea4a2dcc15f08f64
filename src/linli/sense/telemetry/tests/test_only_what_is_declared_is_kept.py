"""Whatever is declared, assessed, agreed to, withdrawn and sent in whatever order: nothing is kept without all of it."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.foundation import clock
from linli.foundation.errors import Conflict
from linli.foundation.privacy.consents.actions import decline, give_consent, withdraw_consent
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.sensing import actions
from linli.foundation.privacy.sensing.models import Assessment, Declaration
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.lake import Lake
from linli.sense.telemetry.models import Device, HotObservation, IngestCursor, LastValue, Quarantined, Withheld
from linli.sense.telemetry.queries import taken_back
from linli.sense.telemetry.speaking import sensing_health
from linli.sense.telemetry.storing import Store
from linli.sense.telemetry.tests.streaming import NOW, messages
from linli.testing import camera_at, gate_at, in_homes

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def nothing_declared(world, director):
    """The world before anybody declared anything."""
    Declaration.objects.all().delete()
    Assessment.objects.update(state="ended")
    return world


def installed(world, code="meter-1", device_type="water_meter", **place):
    """A device that stands there already, as after an upgrade."""
    return Device.objects.create(
        code=code, type=device_type, credential_digest="x", enrolled_at=clock.now(), **place
    )  # fmt: skip


def meter_at_home(world):
    home = world.homes[0]
    return installed(world, home=home, entrance=home.entrance, building=home.entrance.building)


@pytest.fixture
def open_store(tmp_path, director):
    store = Store(Lake(tmp_path / "lake"))
    store.open("first")
    return store


STEPS = (
    "declare",
    "narrow",
    "withdraw",
    "end_assessment",
    "agree",
    "take_back",
    "refuse",
    "say",
    "say_more",
    "elsewhere",
)


class Story:
    """Steps on the world and, beside them, what a reader of the law would say may be kept."""

    def __init__(self, world, store):
        self.world, self.store = world, store
        self.director, self.lead = world.actor("community_director"), world.actor("dpo")
        self.elder = world.residents["elder"]
        self.metrics: set[str] = set()
        self.agreed = False
        self.declaration = None
        self.said = 0

    def step(self, name):
        getattr(self, name)()

    def declare(self):
        self._in_force(["volume", "battery"])

    def narrow(self):
        self._in_force(["volume"])

    def elsewhere(self):
        """A declaration for another building, or for outside homes, is no ground here."""
        self.world.put_in_force(
            in_homes("water_meter", "water_care", ["volume"], place=("building", self.world.buildings[1].pk))
        )
        self._after_assessing()

    def _in_force(self, metrics):
        self.withdraw()
        self.declaration = self.world.put_in_force(in_homes("water_meter", "water_care", metrics))
        self.metrics = set(metrics)
        self._after_assessing()

    def _after_assessing(self):
        """A new assessment weighs at least what is in force, so nothing else changes."""

    def withdraw(self):
        if self.declaration is not None:
            actions.withdraw(self.declaration.pk, "换一种", actor=self.director)
        self.declaration, self.metrics = None, set()

    def end_assessment(self):
        for standing in Assessment.objects.live().filter(type="water_meter"):
            actions.end_assessment(standing.pk, "不再用", actor=self.lead)
        if self.declaration is not None:
            self.withdraw()

    def agree(self):
        give_consent(self.elder, "water_care", channel="app", actor=self.world.actor("elder"))
        self.agreed = True

    def take_back(self):
        for consent in Consent.objects.in_force().filter(resident=self.elder):
            withdraw_consent(consent, actor=self.world.actor("elder"))
        self.agreed = False

    def refuse(self):
        decline(self.elder, "water_care", channel="app", actor=self.world.actor("elder"))
        self.agreed = False

    def say(self):
        self._send({"volume": 100.0 + self.said})

    def say_more(self):
        self._send({"volume": 100.0 + self.said, "battery": 50.0, "secret": 1.0})

    def _send(self, values):
        before = set(HotObservation.objects.values_list("device", "metric", "time"))
        quarantined = Quarantined.objects.count()
        self.said += 1
        at = NOW + self.said * 1000
        sent = messages({"t": at, "v": values}, device="meter-1", since=self.store.sequence + 1)
        counts = self.store.store(sent)
        kept = {metric for _, metric, _ in set(HotObservation.objects.values_list("device", "metric", "time")) - before}
        allowed = self.metrics if self.agreed else set()
        assert kept == allowed & values.keys()
        if not allowed:
            assert Quarantined.objects.count() == quarantined
            assert (counts.undeclared, counts.unconsented) == ((0, 1) if self.metrics else (1, 0))


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.sampled_from(STEPS), min_size=3, max_size=14))
def test_no_reading_of_a_home_is_kept_without_declaration_assessment_and_consent(
    nothing_declared, tmp_path_factory, steps
):
    with transaction.atomic():
        meter_at_home(nothing_declared)
        store = Store(Lake(tmp_path_factory.mktemp("lake")))
        store.open("first")
        story = Story(nothing_declared, store)
        for name in [*steps, "say_more"]:
            story.step(name)
        transaction.set_rollback(True)


def test_the_whole_road_once(nothing_declared, open_store):
    """What the property walks at random, in the order in which it is meant."""
    meter_at_home(nothing_declared)
    story = Story(nothing_declared, open_store)
    for name in (
        "say",
        "declare",
        "say",
        "agree",
        "say_more",
        "narrow",
        "say_more",
        "end_assessment",
        "say",
        "declare",
        "say",
    ):
        story.step(name)
    assert HotObservation.objects.count() == 4


@pytest.mark.parametrize("place", ["estate", "building", "entrance", "home"])
def test_a_declaration_of_a_narrower_place_is_ground_there(nothing_declared, open_store, place):
    home = nothing_declared.homes[0]
    meter_at_home(nothing_declared)
    pk = {
        "estate": nothing_declared.estate.pk, "building": home.entrance.building_id, "entrance": home.entrance_id,
        "home": home.pk,
    }[place]  # fmt: skip
    nothing_declared.put_in_force(in_homes("water_meter", "water_care", ["volume"], place=(place, pk)))
    give_consent(
        nothing_declared.residents["elder"], "water_care", channel="app", actor=nothing_declared.actor("elder")
    )
    said = {"t": NOW, "v": {"volume": 1.0}}
    assert open_store.store(messages(said, device="meter-1")).accepted == 1
    assert not taken_back(Device.objects.get(code="meter-1"))
    assert [one.type for one in sensing_health(nothing_declared.actor("community_director"))] == ["water_meter"]


def test_it_cannot_be_enrolled_before_and_says_what_is_missing(nothing_declared, director):
    new = NewDevice("cam-1", "camera", building_id=nothing_declared.buildings[0].pk)
    with pytest.raises(Conflict) as refused:
        enrol(new, actor=director)
    assert refused.value.code == "not_assessed"
    nothing_declared.put_in_force(
        camera_at(nothing_declared.estate, place=("building", nothing_declared.buildings[1].pk))
    )
    with pytest.raises(Conflict) as refused:
        enrol(new, actor=director)
    assert (refused.value.code, refused.value.details["line"]) == ("not_declared", 1)
    made = nothing_declared.put_in_force(camera_at(nothing_declared.estate))
    assert enrol(new, actor=director).secret
    actions.withdraw(made.pk, "换位置", actor=director)
    with pytest.raises(Conflict):
        enrol(NewDevice("cam-2", "camera", building_id=nothing_declared.buildings[0].pk), actor=director)


def test_what_is_no_longer_declared_is_neither_heard_nor_shown_nor_called_silent(world, director, open_store):
    made = world.put_in_force(gate_at(world.estate))
    enrol(NewDevice("gate-1", "access_gate", building_id=world.buildings[0].pk), actor=director)
    said = {"t": NOW, "v": {"open": 1, "entries_card": 7, "entries_phone": 3}}
    counts = open_store.store(messages(said, device="gate-1"))
    assert (counts.accepted, counts.withheld) == (2, 1)
    assert Withheld.objects.get().reason == "undeclared_metric"
    gate = Device.objects.get(code="gate-1")
    assert not taken_back(gate)
    assert "access_gate" in {one.type for one in sensing_health(director)}
    actions.withdraw(made.pk, "拆了", actor=director)
    assert open_store.store(messages({"t": NOW + 1000, "v": {"open": 0}}, device="gate-1", since=2)).undeclared == 1
    assert LastValue.objects.get(device=gate, metric="open").value == 1
    assert taken_back(gate)
    assert "access_gate" not in {one.type for one in sensing_health(director)}


def test_another_communitys_declaration_is_no_ground_here(nothing_declared, other_world, open_store):
    meter_at_home(nothing_declared)
    with other_world.scope():
        other_world.put_in_force(in_homes("water_meter", "water_care", ["volume"]))
    with nothing_declared.scope():
        give_consent(
            nothing_declared.residents["elder"], "water_care", channel="app", actor=nothing_declared.actor("elder")
        )
    assert open_store.store(messages({"t": NOW, "v": {"volume": 1.0}}, device="meter-1")).undeclared == 1


def test_a_smoke_alarm_is_not_silenced_by_a_missing_paper(nothing_declared, open_store):
    """Emergency paths fail open: what saves a life is no sensitive kind."""
    installed(nothing_declared, "smoke-1", "smoke", building=nothing_declared.buildings[0])
    assert open_store.store(messages({"t": NOW, "v": {"alarm": 1}}, device="smoke-1")).accepted == 1


def test_what_is_counted_adds_up_over_batches(world, director, open_store):
    installed(world, "cam-9", "camera", building=world.buildings[0])
    for n in range(3):
        said = [{"t": NOW + n, "v": {"people@gate": 1}}] * 2
        open_store.store(messages(*said, device="cam-9", since=1 + 2 * n))
    row = Withheld.objects.get()
    assert (row.reason, row.times) == ("undeclared", 6)
    assert IngestCursor.objects.get().undeclared == 6
    assert row.words
