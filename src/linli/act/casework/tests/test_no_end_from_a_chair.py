"""While a device goes on telling of danger to life and nobody is known to be there, its case does not end from a chair."""

from datetime import timedelta

import pytest

from linli.act.casework import actions
from linli.act.casework.models import Case, State
from linli.act.casework.queries import case_page, load_case
from linli.act.casework.tests.test_errands import token_of
from linli.act.casework.tests.test_no_warning_left_alone import DETECTOR, now_of, raised, said_by_resident
from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid
from linli.foundation.events.dispatching import drain
from linli.understand.warnings import actions as warnings

DONE = {"outcome": "fixed", "result": "人出来了", "finding": "true"}
TICK = "到现场看过了"


@pytest.fixture
def scene(world, monday_morning):
    with world.scope():
        yield world


@pytest.fixture
def begun(scene):
    """A trapped rider whose case the grid's worker has begun; nobody has said that they are there."""
    warning, case = raised(scene)
    actions.start(case.pk, actor=scene.actor("grid_worker"))
    drain()
    case.refresh_from_db()
    return warning, case


def test_true_is_no_word_from_a_chair_either(scene, begun):
    warning, case = begun
    with pytest.raises(Invalid) as refused:
        actions.feed_back(case.pk, **DONE, actor=scene.actor("grid_worker"))
    assert (refused.value.field, refused.value.code) == ("on_site", "must_be_there")
    case.refresh_from_db()
    assert (now_of(warning).state, now_of(warning).finding, case.state) == ("acknowledged", "", State.IN_PROGRESS)
    actions.feed_back(case.pk, **DONE, on_site=True, actor=scene.actor("grid_worker"))
    assert (now_of(warning).state, now_of(warning).finding) == ("cleared", "true")
    told = case_page(load_case(case.pk, actor=scene.actor("grid_worker")), scene.actor("grid_worker")).timeline
    assert "到现场看过，反馈：办好了" in [line.sentence for line in told]


def test_a_finding_written_on_the_warnings_page_is_no_way_around_it(scene, begun):
    warning, case = begun
    for finding in ("true", "false"):
        with pytest.raises(Invalid) as refused:
            warnings.handle(warning, finding=finding, note="看过了", actor=scene.actor("grid_worker"))
        assert refused.value.field == "on_site" and now_of(warning).state == "acknowledged"
    warnings.handle(warning, on_site=True, actor=scene.actor("grid_worker"))
    assert now_of(warning).arrived_at == clock.now(), "whoever was there has arrived"
    actions.feed_back(case.pk, outcome="fixed", result="好了", actor=scene.actor("grid_worker"))
    assert now_of(warning).state == "cleared"


@pytest.mark.parametrize("how", ["arrived", "firm", "silent", "p2"])
def test_where_somebody_came_or_nothing_sounds_no_tick_is_asked(scene, begun, how):
    warning, case = begun
    worker = scene.actor("grid_worker")
    match how:
        case "arrived":
            actions.contact(case.pk, text="人在说话", on_site=True, actor=worker)
        case "firm":
            unit = actions.write_unit(
                kind="contractor", name="亮光电工", phone="19900007777", actor=scene.actor("community_worker")
            )
            errand = actions.send_errand(case.pk, unit_id=unit.pk, task="看看电梯", actor=worker)
            actions.errand_by_link(token_of(errand), "arrive")
            actions.errand_by_link(token_of(errand), "finish", result="开门了")
        case "silent":
            warnings.end_condition("trapped", source=warning.source, at=clock.now(), actor=DETECTOR)
        case "p2":
            warning, case = raised(scene, kind="door_open_long", level="P2", source="device:5")
            actions.start(case.pk, actor=worker)
    actions.feed_back(case.pk, **DONE, actor=worker)
    assert now_of(warning).finding == "true"


def test_merged_into_a_residents_case_it_is_asked_there(scene, begun):
    _warning, case = begun
    other = said_by_resident(scene)
    worker = scene.actor("grid_worker")
    actions.merge(case.pk, into_id=other.pk, actor=worker)
    other.refresh_from_db()
    if other.state == State.SUBMITTED:
        actions.accept(other.pk, actor=scene.actor("community_worker"))
    actions.start(other.pk, actor=worker)
    with pytest.raises(Invalid) as refused:
        actions.feed_back(other.pk, **DONE, actor=worker)
    assert refused.value.field == "on_site"


def test_the_form_asks_beside_the_field_and_keeps_what_was_written(scene, begun, client):
    warning, case = begun
    client.force_login(scene.accounts["grid_worker"])
    path = f"/workbench/cases/{case.pk}/do/feed_back/"
    assert TICK in client.get(path).content.decode()
    given = DONE | {"version": case.version}
    refused = client.post(path, given)
    page = refused.content.decode()
    assert refused.status_code == 422 and "到现场看过了，才能算办完" in page and "人出来了" in page
    assert now_of(warning).state == "acknowledged"
    assert client.post(path, given | {"on_site": "on"}).status_code == 302
    assert now_of(warning).state == "cleared"


def test_the_form_asks_for_nothing_once_somebody_has_come(scene, begun, client):
    _warning, case = begun
    actions.contact(case.pk, text="人在说话", on_site=True, actor=scene.actor("grid_worker"))
    client.force_login(scene.accounts["grid_worker"])
    page = client.get(f"/workbench/cases/{case.pk}/do/feed_back/").content.decode()
    assert "没有到过现场，不能算办完" not in page and TICK in page, "only what is not true still needs the tick"


def test_what_was_written_without_a_network_waits_for_a_person(scene, begun, client):
    warning, case = begun
    client.force_login(scene.accounts["grid_worker"])
    given = DONE | {"version": case.version, "sync_path": f"/workbench/cases/{case.pk}/do/feed_back/"}
    answer = client.post("/workbench/sync/", given | {"sync_key": "key-00001"}).json()
    assert answer["outcome"] == "conflict" and "到现场看过了" in answer["words"]
    assert answer["where"] == f"/workbench/cases/{case.pk}/" and answer["version"] == case.version
    assert now_of(warning).state == "acknowledged" and Case.objects.get(pk=case.pk).state == State.IN_PROGRESS
    again = client.post("/workbench/sync/", given | {"sync_key": "key-00001"}).json()
    assert again["outcome"] == "conflict", "it stays where it is until somebody has looked"
    sent = client.post("/workbench/sync/", given | {"sync_key": "key-00002", "on_site": "on"}).json()
    assert sent["outcome"] == "done" and now_of(warning).state == "cleared"


def test_fed_back_twice_from_one_page_it_is_done_once(scene, begun):
    _warning, case = begun
    given = DONE | {"on_site": True, "version": case.version}
    actions.feed_back(case.pk, **given, actor=scene.actor("grid_worker"))
    with pytest.raises(Conflict):
        actions.feed_back(case.pk, **given, actor=scene.actor("community_worker"))
    drain()
    assert case.entries.filter(verb="feed_back").count() == 1


def test_it_sounds_again_between_the_look_and_the_word(scene, begun):
    warning, case = begun
    warnings.end_condition("trapped", source=warning.source, at=clock.now(), actor=DETECTOR)
    drain()
    with clock.frozen(clock.now() + timedelta(minutes=3)):
        raised(scene)
        case.refresh_from_db()
        with pytest.raises(Invalid) as refused:
            actions.feed_back(case.pk, **DONE, actor=scene.actor("grid_worker"))
        assert refused.value.field == "on_site"
