"""What the machine believes of a request, what it does about it by itself, and how a person has the say."""

import pytest

from linli.act.casework import actions, queries
from linli.act.casework.models import Case, State
from linli.foundation.errors import NotAllowed, NotFound
from linli.foundation.events.dispatching import drain
from linli.foundation.notices.models import Notice
from linli.foundation.registry.models import Building, Estate
from linli.sense.requests.actions import Caller, Place
from linli.sense.requests.models import Channel
from linli.testing import box
from linli.understand.triage.actions import set_applied_from
from linli.understand.triage.models import Reading, Suggestion

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def said(world, words: str, **given):
    """By somebody on the telephone whom nobody knows, so that nothing but the words tells anything."""
    given = {"channel": Channel.PHONE, "caller": Caller(name="过路人"), **given}
    received = actions.receive(words, actor=world.actor("community_worker"), **given)
    drain()
    return Case.objects.get(pk=received.case.pk)


def reachable(world) -> None:
    """The worker on duty has a mobile number, as in life."""
    account = world.accounts["community_worker"]
    account.phone = "19900008888"
    account.save()


def of(case: Case, kind: str) -> list[Suggestion]:
    return list(Suggestion.objects.filter(request__joined__case=case, kind=kind).order_by("-confidence", "pk"))


def test_what_is_sure_is_applied_with_its_words_and_undone_by_one_press(world):
    with world.scope():
        worker = world.actor("community_worker")
        case = said(world, "天花板一直渗水，墙上都漏水了，家里老人坐轮椅，太过分了")
        [category], [level] = of(case, "category"), of(case, "level")
        assert (category.value, category.state, category.evidence) == ("050300", "applied", ["渗水", "漏水"])
        assert 0.75 <= category.confidence < 1
        assert case.category == "050300" and level.state == "applied"
        assert {s.value for s in of(case, "at_risk")} == {"elder", "disabled"}
        assert [s.value for s in of(case, "mood")] == ["angry"]

        after = actions.decide(case.pk, category.pk, right=False, actor=worker)
        drain()
        assert after.category == "990000"
        category.refresh_from_db()
        level.refresh_from_db()
        assert (category.state, category.decided_by_id) == ("undone", worker.account_id)
        assert level.state == "applied"
        assert Reading.objects.get().decided == ""


def test_below_the_threshold_a_person_decides_and_the_next_model_learns_it(world):
    with world.scope():
        set_applied_from(0.95, actor=world.actor("community_director"))
        case = said(world, "楼道灯不亮")
        [category], [level] = of(case, "category"), of(case, "level")
        assert (case.category, category.value, category.state) == ("990000", "050500", "open")
        assert level.state == "open"
        after = actions.decide(case.pk, category.pk, right=True, actor=world.actor("community_worker"))
        drain()
        assert after.category == "050500"
        reading = Reading.objects.get()
        assert (reading.category, bool(reading.decided)) == ("050500", True)


def test_a_list_that_is_often_wrong_stops_being_applied_by_itself(world):
    with world.scope():
        worker = world.actor("community_worker")
        for n in range(2):
            case = said(world, f"邻居家的宽带线又垂下来，第{n}次")
            assert case.category == "050900"
            actions.reclassify(case.pk, category="050700", level=case.level, actor=worker)
            drain()
        case = said(world, "宽带线垂下来碰到头了")
        [category] = of(case, "category")
        assert category.confidence < 0.75 and category.state == "open"
        assert case.category == "990000"
        assert category.facts["decided"] == 2 and category.facts["right"] == 0


def test_a_place_in_the_words_is_found_and_an_address_that_exists_twice_is_left_to_a_person(world):
    with world.scope():
        worker, building = world.actor("community_worker"), world.buildings[1]
        case = said(world, f"{building.number}幢楼道灯不亮")
        assert (case.building_id, case.grid_id) == (building.pk, building.grid_id)

        other = Estate.objects.create(
            code="E2", name="晚晴园", kind="old", built_year=1995, outline=box(300, 0, 90, 60)
        )
        twin = Building.objects.create(
            estate=other, number=building.number, grid=world.grids[0], storeys=6, footprint=box(310, 10)
        )
        unclear = said(world, f"{building.number}幢门口窨井盖坏了")
        assert unclear.building_id is None
        assert {s.value for s in of(unclear, "place")} == {str(building.pk), str(twin.pk)}
        assert {s.state for s in of(unclear, "place")} == {"open"}

        chosen = next(s for s in of(unclear, "place") if s.value == str(twin.pk))
        after = actions.decide(unclear.pk, chosen.pk, right=True, actor=worker)
        assert (after.building_id, after.grid_id) == (twin.pk, world.grids[0].pk)
        assert {s.state for s in of(unclear, "place")} == {"kept", "changed"}
        back = actions.decide(unclear.pk, chosen.pk, right=False, actor=worker)
        assert back.building_id is None

        named = said(world, f"晚晴园{building.number}幢门口窨井盖坏了")
        assert named.building_id == twin.pk


def test_who_chose_a_facility_or_a_building_is_offered_no_other_place(world):
    with world.scope():
        words = f"{world.buildings[1].number}幢门口的灯不亮"
        assert of(said(world, words), "place")
        for place in (Place(facility_id=world.lift.pk), Place(building_id=world.buildings[0].pk)):
            assert not of(said(world, words, place=place), "place")


@pytest.mark.parametrize("words", ["丽发小区{n}栋门口一直在施工", "米兰春天G{n}栋楼下油烟太大"])
def test_a_building_of_an_estate_that_is_not_ours_is_not_taken_for_one_of_ours(world, words):
    with world.scope():
        case = said(world, words.format(n=world.buildings[1].number))
        assert case.building_id is None
        assert {s.state for s in of(case, "place")} <= {"open"}


def test_a_suicide_note_goes_to_a_person_at_once_even_when_nobody_knows_where(world):
    with world.scope():
        reachable(world)
        case = said(world, "对不起大家，我活着没意思，安眠药都吃了，永别了")
        assert (case.level, case.state) == ("P0", State.ACCEPTED)
        assert case.handler_id == world.accounts["community_worker"].pk
        assert Notice.objects.filter(key__contains=f"handler:{case.entries.get(verb='hand_over').pk}:").exists()
        assert [s.value for s in of(case, "mood")] == ["despair"]


def test_the_page_of_a_danger_shows_the_numbers_to_call(world, client):
    with world.scope():
        case = said(world, "他说不想活了")
        calm = said(world, "楼道灯不亮")
    client.force_login(world.accounts["community_worker"])
    page = client.get(f"/workbench/cases/{case.pk}/").content.decode()
    assert all(f"tel:{number}" in page for number in ("110", "119", "120", "12356"))
    assert "tel:110" not in client.get(f"/workbench/cases/{calm.pk}/").content.decode()


def test_abuse_is_noted_and_the_matter_is_handled_all_the_same(world):
    with world.scope():
        case = said(world, "你们这帮废物王八蛋，单元门坏了半年了")
        assert case.category == "050600" and case.state == State.SUBMITTED
        [mood] = of(case, "mood")
        assert mood.value == "abusive" and set(mood.evidence) == {"废物", "王八蛋"}


@pytest.mark.parametrize("words", ["😡😡😡", "👍", "……！！", "???"])
def test_no_words_at_all_are_left_to_a_person(world, words):
    with world.scope():
        case = said(world, words)
        assert case.category == "990000"
        [category] = of(case, "category")
        assert (category.state, category.confidence) == ("open", 0)


@pytest.mark.parametrize(
    ("words", "category", "evidence"),
    [
        ("阿拉楼里电灯坏脱了，楼道龌龊得勿得了，呒没人扫", "040200", "呒没人扫"),
        ("楼上好嘈，夜晚冇得瞓", "150300", "好嘈"),
        ("隔壁屋头闹麻了，娃儿睡不着", "150300", "闹麻了"),
    ],
)
def test_dialect_is_read_and_its_own_words_are_shown(world, words, category, evidence):
    with world.scope():
        case = said(world, words)
        [found] = of(case, "category")
        assert found.value == category
        assert evidence in "".join(found.evidence) or "".join(found.evidence) in words


def test_the_third_request_of_one_person_says_so(world):
    with world.scope():
        caller = Caller(name="胡", phone="19900007777")
        for words in ("路灯坏了", "路灯还是坏的", "路灯第三次说了"):
            case = said(world, words, caller=caller)
        assert [s.value for s in of(case, "repeated")] == ["3"]


def test_duplicates_stand_side_by_side_and_no_is_remembered(world):
    with world.scope():
        worker, number = world.actor("community_worker"), world.buildings[0].number
        first = said(world, f"{number}幢单元门关不上，坏了")
        second = said(world, f"{number}幢的单元门关不上了，坏了好几天")
        third = said(world, f"{number}幢单元门关不上，又坏了")
        [*found] = queries.pairs(second, worker)
        assert {pair.case.pk for pair in found} == {first.pk, third.pk}
        assert all(pair.metres == 0 and pair.similarity >= 0.6 and pair.shared for pair in found)

        actions.two_matters(second.pk, third.pk, actor=worker)
        assert {pair.case.pk for pair in queries.pairs(second, worker)} == {first.pk}
        assert third.pk in queries.apart(second)

        pair = queries.pairs(second, worker)[0]
        owner = Case.objects.get(joined__request_id=pair.suggestion.request_id)
        went_on = actions.decide(owner.pk, pair.suggestion.pk, right=True, actor=worker)
        assert went_on.joined.count() == 2


def test_only_staff_of_the_place_decide(world):
    with world.scope():
        received = actions.receive("楼道灯不亮", actor=world.actor("elder"))
        drain()
        [category] = of(received.case, "category")
        with pytest.raises(NotAllowed):
            actions.decide(received.case.pk, category.pk, right=False, actor=world.actor("elder"))
        with pytest.raises(NotFound):
            actions.decide(received.case.pk, category.pk, right=False, actor=world.actor("other_grid_worker"))
        actions.decide(received.case.pk, category.pk, right=True, actor=world.actor("grid_worker"))
        category.refresh_from_db()
        assert category.state == "kept"
