"""What may be declared, by whom, and what two people must agree on."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.models import Event
from linli.foundation.lifecycle.state_table import Undeclared
from linli.foundation.privacy.purposes import all_purposes
from linli.foundation.privacy.sensing import actions
from linli.foundation.privacy.sensing.kinds import kinds
from linli.foundation.privacy.sensing.models import (
    ASSESSMENT_WORKFLOW,
    DECLARATION_WORKFLOW,
    Assessment,
    Declaration,
)
from linli.foundation.privacy.sensing.queries import (
    allowed_verbs,
    filing_due,
    public_declaration,
    public_list,
)
from linli.foundation.privacy.sensing.rules.forbidden import UNSEEN
from linli.testing import assess, camera_at, gate_at, in_homes

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def here(world, monday_morning):
    with world.scope():
        yield world


@pytest.fixture
def director(here):
    return here.actor("community_director")


@pytest.fixture
def lead(here):
    return here.actor("dpo")


def proposed(here, content, director):
    return actions.propose(actions.declare(content, actor=director).pk, actor=director)


def test_every_sensitive_kind_has_a_purpose_outside_homes_or_in_them_alone():
    observed = set().union(*(one.observes for one in all_purposes().values()))
    at_home = set().union(*(one.senses for one in all_purposes().values()))
    sensitive = {kind.key for kind in kinds()}
    assert observed <= sensitive <= observed | at_home
    assert not {kind.key for kind in kinds() if kind.bodily} & observed, "health is nobody's in a shared place"


def test_one_declares_another_approves_and_what_is_in_force_is_public(here, director, lead):
    made = proposed(here, camera_at(here.estate), director)
    with pytest.raises(NotFound):
        public_declaration(made.code)
    assess("camera", proposer=director, lead=lead)
    actions.approve(made.pk, actor=lead)
    seen, community = public_declaration(made.code.lower())
    assert community == here.community
    assert (seen.place, seen.kind, seen.stored) == ("枫杨里", "摄像头", ["人数", "看见烟火"])
    assert [step.verb for step in made.steps.all()] == ["declare", "propose", "approve"]
    assert Event.objects.filter(kind="sensing.declared", subject=f"declaration:{made.pk}").exists()


@pytest.mark.parametrize(
    "who", ["community_director", "community_worker", "grid_worker", "auditor", "resident", "street_office"]
)
def test_nobody_but_the_lead_or_another_director_approves(here, director, lead, who):
    made = proposed(here, camera_at(here.estate), director)
    assess("camera", proposer=director, lead=lead)
    with pytest.raises((NotAllowed, Conflict, NotFound)):
        actions.approve(made.pk, actor=here.actor(who))
    made.refresh_from_db()
    assert made.state == "proposed"
    assert "approve" not in allowed_verbs(made, here.actor(who))


def test_the_director_may_approve_what_a_worker_wrote(here, director, lead):
    worker = here.actor("community_worker")
    made = proposed(here, camera_at(here.estate), worker)
    assess("camera", proposer=worker, lead=lead)
    assert actions.approve(made.pk, actor=director).state == "in_force"


@pytest.mark.parametrize("who", ["grid_worker", "dpo", "resident", "property_company"])
def test_only_community_staff_declare(here, who):
    with pytest.raises(NotAllowed):
        actions.declare(camera_at(here.estate), actor=here.actor(who))


def test_nothing_is_in_force_before_its_kind_is_assessed(here, director, lead):
    made = proposed(here, camera_at(here.estate), director)
    with pytest.raises(Conflict) as refused:
        actions.approve(made.pk, actor=lead)
    assert refused.value.code == "not_assessed"


@pytest.mark.parametrize("room", sorted(UNSEEN))
def test_a_camera_in_a_forbidden_place_cannot_even_be_drafted(here, director, room):
    inside = room in {"home_door", "living_room", "kitchen", "bedroom", "bathroom"}
    with pytest.raises(Invalid) as refused:
        actions.declare(camera_at(here.estate, room=room, inside_homes=inside), actor=director)
    assert refused.value.code == "forbidden_place"
    assert not Declaration.objects.filter(type="camera").exists()


def test_a_face_machine_in_a_changing_room_neither(here, director):
    with pytest.raises(Invalid) as refused:
        actions.declare(gate_at(here.estate, room="changing"), actor=director)
    assert refused.value.code == "forbidden_place"
    card = gate_at(here.estate, room="changing", methods=("card",), stored=("open",), tried_method="")
    assert actions.declare(card, actor=director)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"place": None}, "place"),
        ({"place": ("estate", 10**9)}, "place"),
        ({"place": ("street", 1)}, "place"),
        ({"name": "  "}, "name"),
        ({"position": "女更衣室里"}, "position"),
        ({"responsible_phone": "打我"}, "responsible_phone"),
        ({"purpose": "water_care"}, "purpose"),
        ({"purpose": "nothing"}, "purpose"),
        ({"stored": ()}, "stored"),
        ({"stored": ("people", "faces")}, "stored"),
        ({"keep_days": 0}, "keep_days"),
        ({"keep_days": 94}, "keep_days"),
        ({"viewers": ()}, "viewers"),
        ({"viewers": ("property_company",)}, "viewers"),
        ({"methods": ("card",)}, "methods"),
        ({"zones": ()}, "zones"),
        ({"room": "moon"}, "room"),
        ({"room": "meter"}, "room"),
        ({"type": "lift"}, "type"),
        ({"alternative": "x" * 201}, "alternative"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_written(here, director, changes, field):
    with pytest.raises(Invalid) as refused:
        actions.declare(camera_at(here.estate, **changes), actor=director)
    assert refused.value.field == field
    assert not Declaration.objects.filter(type="camera").exists()


def test_a_place_of_another_community_does_not_exist_here(here, other_world, director):
    with pytest.raises(Invalid) as refused:
        actions.declare(camera_at(other_world.estate), actor=director)
    assert refused.value.code == "unknown_place"


def test_in_homes_only_what_asks_for_consent_may_be_declared(here, director):
    with pytest.raises(Invalid) as refused:
        actions.declare(in_homes("water_meter", "shared_supply", ["volume"]), actor=director)
    assert refused.value.field == "purpose"
    with pytest.raises(Invalid) as refused:
        actions.declare(in_homes("electricity_meter", "water_care", ["energy"]), actor=director)
    assert refused.value.field == "purpose"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"methods": ("face",), "tried_method": ""}, "face_alone"),
        ({"methods": ("face", "phone"), "tried_method": ""}, "face_alone"),
        ({"tried_method": "", "tried_on": None}, "not_tried"),
        ({"tried_on": None}, "not_tried"),
        ({"methods": (), "stored": ("open",), "tried_method": ""}, "no_way"),
    ],
)  # fmt: skip
def test_a_gate_that_knows_faces_needs_another_way_that_somebody_went(here, director, changes, code):
    made = actions.declare(gate_at(here.estate, **changes), actor=director)
    with pytest.raises(Invalid) as refused:
        actions.propose(made.pk, actor=director)
    assert refused.value.code == code


def test_the_face_rule_is_asked_again_when_it_is_approved(here, director, lead):
    made = proposed(here, gate_at(here.estate), director)
    assess("access_gate", proposer=director, lead=lead)
    Declaration.objects.filter(pk=made.pk).update(methods=["face"])
    with pytest.raises(Invalid) as refused:
        actions.approve(made.pk, actor=lead)
    assert refused.value.code == "face_alone"


def test_a_gate_without_a_face_keeps_no_count_of_faces(here, director):
    with pytest.raises(Invalid) as refused:
        actions.declare(gate_at(here.estate, methods=("card",), stored=("entries_face",)), actor=director)
    assert refused.value.code == "no_face_here"


def test_somebody_must_have_looked_at_the_picture_of_a_camera(here, director):
    made = actions.declare(camera_at(here.estate, looks_into_no_home=False), actor=director)
    with pytest.raises(Invalid) as refused:
        actions.propose(made.pk, actor=director)
    assert refused.value.code == "view_unchecked"


def test_a_revision_replaces_what_is_in_force_only_when_it_is_approved(here, lead, director):
    made = here.put_in_force(camera_at(here.estate))
    new = actions.revise(made.pk, actor=director)
    with pytest.raises(Conflict) as refused:
        actions.revise(made.pk, actor=director)
    assert refused.value.code == "revised"
    less = camera_at(here.estate, stored=("people",))
    actions.change(new.pk, less, actor=director)
    actions.propose(new.pk, actor=director)
    made.refresh_from_db()
    assert made.state == "in_force"
    actions.approve(new.pk, actor=lead)
    made.refresh_from_db()
    assert (made.state, made.ended_at) == ("replaced", clock.now())
    assert public_declaration(new.code)[0].stored == ["人数"]


def test_a_stale_form_is_refused(here, director):
    made = actions.declare(camera_at(here.estate), actor=director)
    actions.change(made.pk, camera_at(here.estate, name="新名字"), version=0, actor=director)
    with pytest.raises(Conflict) as refused:
        actions.change(made.pk, camera_at(here.estate), version=0, actor=director)
    assert refused.value.code == "stale"


def test_what_is_sent_back_needs_a_reason_and_can_be_proposed_again(here, director, lead):
    made = proposed(here, camera_at(here.estate), director)
    with pytest.raises(Invalid):
        actions.send_back(made.pk, " ", actor=lead)
    actions.send_back(made.pk, "写清楚朝哪里", actor=lead)
    assert made.steps.last().text == "写清楚朝哪里"
    assert actions.propose(made.pk, actor=director).state == "proposed"


def test_withdrawn_is_no_longer_public_and_says_so_to_whoever_follows(here, director):
    made = here.put_in_force(camera_at(here.estate))
    actions.withdraw(made.pk, "换位置", actor=director)
    with pytest.raises(NotFound):
        public_declaration(made.code)
    event = Event.objects.get(kind="sensing.ended")
    assert (event.data["type"], event.data["inside_homes"]) == ("camera", False)


def test_homes_are_never_listed_publicly(here, lead):
    for content in (in_homes("water_meter", "water_care", ["volume"], place=("home", here.homes[0].pk)),
                    in_homes("water_meter", "water_care", ["volume"])):  # fmt: skip
        made = here.put_in_force(content)
        with pytest.raises(NotFound):
            public_declaration(made.code)
    listed = [one.made for _place, group in public_list(here.community) for one in group]
    assert listed and not any(one.inside_homes for one in listed)


def test_a_resident_sees_what_is_declared_for_its_own_home_and_no_other(here):
    own = here.put_in_force(in_homes("water_meter", "water_care", ["volume"], place=("home", here.homes[0].pk)))
    building = here.put_in_force(
        in_homes("water_meter", "water_care", ["volume"], place=("building", here.buildings[0].pk))
    )
    seen = Declaration.objects.visible_to(here.actor("elder")).filter(pk__in=(own.pk, building.pk))
    assert set(seen) == {own, building}
    assert set(Declaration.objects.visible_to(here.actor("resident")).filter(pk__in=(own.pk, building.pk))) == {
        building
    }
    assert not Declaration.objects.visible_to(here.actor("neighbour")).filter(pk__in=(own.pk, building.pk)).exists()


def test_a_camera_is_on_file_with_the_police_within_thirty_days(here, director):
    made = here.put_in_force(camera_at(here.estate))
    assert filing_due(made) == clock.today() + timedelta(days=30)
    actions.note_filing(made.pk, "杭公备 2026-17", actor=director)
    made.refresh_from_db()
    assert filing_due(made) is None


def test_everything_not_in_the_tables_is_refused(here, director, lead):
    """Every state × every verb: what is not declared raises, what is declared leads where the table says."""
    system = type(director).for_system("test", here.community.pk)
    for model, table in ((Declaration, DECLARATION_WORKFLOW), (Assessment, ASSESSMENT_WORKFLOW)):
        assert table.reachable() == set(table.states)
        from linli.foundation.privacy.sensing.changing import step

        for state, verb, transition in table.steps():
            row = model(state=state, community_id=here.community.pk)
            if transition is None:
                with pytest.raises(Undeclared):
                    step(row, verb, system)
            else:
                given = dict.fromkeys(transition.needs, "x")
                assert step(row, verb, system, **given).target(state) in table.states
                if "system" not in transition.who:
                    with pytest.raises(NotAllowed):
                        step(row, verb, here.actor("resident"), **given)
