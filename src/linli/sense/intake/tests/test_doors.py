"""Paper, the property desk and a round: each speaks once however often it is sent, and only through its own door."""

import pytest
from tests.sweep.objects import picture

from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events import background
from linli.foundation.files.actions import store_photo
from linli.foundation.registry.models import Estate
from linli.sense.intake.actions import (
    bring_paper,
    close_counter,
    confirm,
    file_round,
    open_counter,
    speak_at_counter,
)
from linli.sense.intake.models import Arrival
from linli.sense.intake.paper import reading
from linli.sense.intake.paper.printing import is_ours, new_code, sheets_pdf
from linli.sense.intake.store import content_of
from linli.sense.requests.models import Request

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def photo_of_a_sheet():
    writing = pytest.importorskip("linli.sense.intake.tests.writing")

    def take(world, **how):
        page = writing.page_of(sheets_pdf(1, actor=world.actor("grid_worker")))
        page = writing.filled(
            page, name="方晓", phone="13900001234", home="枫杨里1幢1单元501",
            words="楼道里的灯坏了三天了，\n请派人来修一修。", where="1幢楼道",
        )  # fmt: skip
        return [writing.photographed(page, **one) for one in how.get("shots", [{}])]

    return take


def test_a_photographed_sheet_is_read_into_its_boxes_and_a_person_files_it(
    world, photo_of_a_sheet, django_capture_on_commit_callbacks
):
    worker = world.actor("grid_worker")
    with world.scope():
        straight, askew = photo_of_a_sheet(world, shots=[{}, {"turn": -8, "quarter": 1}])
        photo = store_photo(straight, actor=worker)
        with django_capture_on_commit_callbacks(execute=True):
            arrival, new = bring_paper(photo, actor=worker)
        assert new and content_of(arrival).reading
    while background.run_one_job():
        pass
    with world.scope():
        arrival = Arrival.objects.get()
        read = content_of(arrival)
        assert (read.name, read.phone, read.home, read.where) == ("方晓", "13900001234", "枫杨里1幢1单元501", "1幢楼道")
        assert read.words == "楼道里的灯坏了三天了，\n请派人来修一修。"
        assert arrival.building == world.buildings[0]
        other = world.actor("community_worker")
        _again, new = bring_paper(store_photo(askew, actor=other), actor=other)
        assert not new, "the same sheet by somebody else from another side is the same sheet"
        filed = confirm(arrival.pk, read.words, actor=other)
        assert list(filed.request.photos.all()) == [photo]
        assert Request.objects.get().channel == "paper"


def test_the_same_photo_eleven_times_is_one_arrival_even_without_a_code(world):
    worker = world.actor("grid_worker")
    with world.scope():
        fresh = [bring_paper(store_photo(picture(), actor=worker), actor=worker)[1] for _n in range(11)]
        assert fresh.count(True) == 1 and Arrival.objects.count() == 1


def test_without_the_reader_the_picture_waits_beside_an_empty_form(world, monkeypatch):
    monkeypatch.setattr(reading, "find_spec", lambda name: None)
    worker = world.actor("grid_worker")
    with world.scope():
        arrival, _new = bring_paper(store_photo(picture(), actor=worker), actor=worker)
        assert not content_of(arrival).reading and arrival.photos.count() == 1
        assert reading.read_sheet(picture()).engine is False


def test_a_number_of_another_community_or_mistyped_is_refused(world, other_world):
    code = new_code(world.community.pk)
    assert is_ours(code, world.community.pk) and not is_ours(code, other_world.community.pk)
    assert not is_ours(code[:-1] + ("2" if code[-1] != "2" else "3"), world.community.pk)
    with other_world.scope(), pytest.raises(Invalid) as refused:
        actor = other_world.actor("grid_worker")
        bring_paper(store_photo(picture(), actor=actor), actor=actor, code=code)
    assert refused.value.code == "sheet_foreign"


def test_the_property_desk_speaks_without_an_account_once_a_key(world):
    with world.scope():
        counter = open_counter(world.estate.pk, "东门", actor=world.actor("community_worker"))
        first = speak_at_counter(
            counter, "楼道灯不亮", client_key="k", name="王", phone="13900001234", building_id=world.buildings[0].pk
        )
        for _n in range(10):
            assert speak_at_counter(counter, "楼道灯不亮", client_key="k").request == first.request
        kept = Request.objects.get()
        assert (kept.channel, kept.speaker_name, kept.building, kept.entered_by) == (
            "property", "王", world.buildings[0], None,
        )  # fmt: skip
        close_counter(counter.pk, actor=world.actor("community_director"))
        counter.refresh_from_db()
        with pytest.raises(Conflict):
            speak_at_counter(counter, "再说一件", client_key="l")


def test_a_counter_is_of_one_estate_and_opened_by_the_community(world, other_world):
    with world.scope():
        elsewhere = Estate.objects.create(code="E2", name="别处", kind="new")
        counter = open_counter(elsewhere.pk, "前台", actor=world.actor("community_worker"))
        with pytest.raises(NotFound):
            speak_at_counter(counter, "灯坏了", client_key="k", building_id=world.buildings[0].pk)
        with pytest.raises(NotAllowed):
            open_counter(world.estate.pk, "前台", actor=world.actor("property_company"))
        with pytest.raises(NotFound):
            open_counter(other_world.estate.pk, "前台", actor=world.actor("community_worker"))


def test_a_round_files_each_home_once_and_only_homes_of_the_leader(world):
    lead = world.actor("building_lead")
    first, second, third = (home.pk for home in world.homes[:3])
    with world.scope():
        filed = file_round(
            [
                (first, "灯坏了"),
                (second, " "),
            ],
            sitting="s",
            actor=lead,
        )
        assert [one.request.home_id for one in filed] == [first]
        again = file_round([(first, "灯坏了"), (second, "水小")], sitting="s", actor=lead)
        assert [one.repeated for one in again] == [True, False]
        assert Request.objects.count() == 2
        with pytest.raises(NotFound):
            file_round([(first, "再说一件"), (third, "不是我的楼")], sitting="t", actor=lead)
        assert Request.objects.count() == 2, "all or none"
        with pytest.raises(Invalid):
            file_round([(first, " ")], sitting="u", actor=lead)
        with pytest.raises(NotAllowed):
            file_round([(first, "x")], sitting="v", actor=world.actor("elder"))
