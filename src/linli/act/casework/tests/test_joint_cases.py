"""Neighbours whose matter is handled together: each hears of the work, none reads what another one said."""

import io

import pytest
from PIL import Image

from linli.act.casework import actions, queries
from linli.act.casework.models import Case
from linli.act.casework.queries.photos import may_see_photo
from linli.foundation.events.dispatching import drain
from linli.foundation.files.actions import store_photo
from linli.foundation.notices.models import Notice
from linli.foundation.vault.fields import holds

pytestmark = pytest.mark.usefixtures("monday_morning")

SECRET = "我妈一个人住，腿不好"


@pytest.fixture
def joint(world):
    """``resident`` said it first, ``neighbour`` joined; it is being worked on."""
    with world.scope():
        first = actions.receive(f"{SECRET}，电梯坏了", actor=world.actor("resident"))
        second = actions.receive("电梯停了两天", actor=world.actor("neighbour"))
        staff = world.actor("community_worker")
        case = actions.merge(second.case.pk, into_id=first.case.pk, actor=staff)
        actions.start(case.pk, actor=staff)
        yield Case.objects.get(pk=case.pk), first.request, second.request


def _all_that_is_read(page) -> str:
    said = [page.line.title, page.line.progress.sentence, page.line.latest, page.words, page.result, page.question]
    return " ".join(said + [f"{line.sentence} {line.text} {line.by}" for line in page.timeline])


def test_a_neighbour_reads_neither_words_nor_name_nor_photo_of_another_reporter(world, joint):
    case, first, second = joint
    resident, neighbour = world.actor("resident"), world.actor("neighbour")
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    photo = store_photo(out.getvalue(), actor=resident)
    actions.say_more(case.pk, text=SECRET, actor=resident, photo_ids=[photo.pk])

    hers = _all_that_is_read(queries.my_matter(second.pk, neighbour))
    assert "居民补充" in hers
    assert SECRET not in hers
    assert "方晓" not in hers
    assert not may_see_photo(neighbour, photo)

    own = queries.my_matter(first.pk, resident)
    assert SECRET in _all_that_is_read(own)
    assert may_see_photo(resident, photo)
    assert may_see_photo(world.actor("community_worker"), photo)


def test_the_reason_of_an_unhappy_neighbour_stays_with_them_and_staff(world, joint):
    case, first, second = joint
    actions.feed_back(case.pk, outcome="fixed", result="修好了", actor=world.actor("community_worker"))
    actions.rate(case.pk, solved=False, satisfaction=1, reason=SECRET, actor=world.actor("resident"))
    assert SECRET not in _all_that_is_read(queries.my_matter(second.pk, world.actor("neighbour")))
    assert SECRET in _all_that_is_read(queries.my_matter(first.pk, world.actor("resident")))
    page = queries.case_page(
        queries.load_case(case.pk, actor=world.actor("community_worker")), world.actor("community_worker")
    )
    assert sum(SECRET in line.text for line in page.timeline) == 2
    assert "方* · 居民" in [line.by for line in page.timeline]
    assert "方晓" not in " ".join(line.by for line in page.timeline)


def test_each_reporter_is_written_to_in_their_own_words(world, joint):
    case, _first, _second = joint
    actions.feed_back(case.pk, outcome="fixed", result="修好了", actor=world.actor("community_worker"))
    drain()
    told = Notice.objects.filter(holds(Notice, to=world.phones["neighbour"]), key__contains=f"case:{case.pk}:")
    assert told.exists()
    assert not any(SECRET in notice.text for notice in told)
    assert any("电梯停了两天" in notice.text for notice in told)


def test_the_api_names_a_joint_case_to_a_neighbour_by_its_kind_only(world, joint, client):
    case, *_ = joint
    client.force_login(world.accounts["neighbour"])
    answer = client.get(f"/api/v1/cases/{case.pk}").content.decode()
    assert SECRET not in answer
    assert "方晓" not in answer


def test_who_joins_a_case_that_is_already_answered_is_told_its_result(world, joint):
    case, *_ = joint
    staff = world.actor("community_worker")
    actions.feed_back(case.pk, outcome="fixed", result="修好了", actor=staff)
    drain()
    late = actions.receive("电梯怎么不动", actor=world.actor("elder"))
    actions.merge(late.case.pk, into_id=case.pk, actor=staff)
    drain()
    [result] = Notice.objects.filter(holds(Notice, to=world.phones["elder"]), key__contains="fed_back")
    assert "修好了" in result.text
    assert f"/r/{world.community.pk}.{late.request.pk}.0:" in result.text
    assert Notice.objects.filter(key__contains="fed_back").count() == 3
