"""The doors as pages: who called for whom, what is masked, what is handed back, and how much one address may send."""

import io

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from tests.sweep.objects import picture

from linli.foundation.files.actions import store_photo
from linli.sense.intake.actions import bring, open_counter, paste_chat, speak_at_counter
from linli.sense.intake.models import Arrival, Door, HotlineFile
from linli.sense.intake.store import Content
from linli.sense.requests.models import Request

pytestmark = pytest.mark.usefixtures("monday_morning")


def page(name, *args):
    return reverse(f"workbench:{name}", args=args)


@pytest.fixture
def clerk(world):
    client = Client()
    client.force_login(world.accounts["community_worker"], backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_who_calls_for_somebody_of_the_register_is_kept_beside_them(world, clerk):
    answer = clerk.post(
        page("desk"),
        {
            "channel": "phone", "words": "她家没水", "speaker": world.residents["elder"].pk, "speaker_name": "王建国",
            "speaker_phone": "19900008888", "client_key": "k", "photos": SimpleUploadedFile("a.png", picture()),
        },
        follow=True,
    )  # fmt: skip
    with world.scope():
        filed = Request.objects.get()
        assert (filed.speaker, filed.speaker_name, filed.photos.count()) == (world.residents["elder"], "王建国", 1)
    body = answer.content.decode()
    assert "替他说的" in body and "王建国" not in body


def test_a_stranger_is_placed_by_the_words(world, clerk):
    clerk.post(page("desk"), {"channel": "phone", "words": "枫杨里2幢门口积水", "client_key": "k"})
    with world.scope():
        assert Request.objects.get().building == world.buildings[1]


def test_lists_of_what_came_in_are_masked_and_the_page_itself_is_not(world, clerk):
    with world.scope():
        paste_chat("王建国：1幢楼道灯坏了，打 13900001234", group="", actor=world.actor("community_worker"))
        arrival = Arrival.objects.get()
    listed = clerk.get(page("inbox")).content.decode()
    assert "楼道灯坏了" in listed and "王建国" not in listed and "13900001234" not in listed
    assert "13900001234" in clerk.get(page("arrival", arrival.pk)).content.decode()


def test_while_a_photo_is_read_the_page_waits_and_can_be_typed_past(world, clerk):
    with world.scope():
        worker = world.actor("community_worker")
        photo = store_photo(picture(), actor=worker)
        arrival, _new = bring(Door.PAPER, Content(reading=True), key="x", actor=worker, photos=[photo])
    waiting = clerk.get(page("arrival", arrival.pk)).content.decode()
    assert "正在认字" in waiting and "<textarea" not in waiting.split("<main")[1]
    assert "<textarea" in clerk.get(page("arrival", arrival.pk) + "?type=1").content.decode()
    assert clerk.get(page("reading", arrival.pk)).status_code == 204


def test_a_list_of_the_hotline_is_checked_filed_and_its_bad_rows_handed_back(
    world, clerk, django_capture_on_commit_callbacks
):
    rows = "工单编号,诉求内容\nA1,路灯坏了\nA2,\n".encode()
    checked = clerk.post(page("hotline"), {"file": SimpleUploadedFile("a.csv", rows)}, follow=True)
    assert "2 行里有 1 行不能登记" in checked.content.decode()
    with world.scope():
        kept = HotlineFile.objects.get()
    bad = load_workbook(io.BytesIO(clerk.get(page("hotline_bad", kept.pk)).content)).active
    assert [cell.value for cell in bad[2]][:1] == ["A2"]
    with django_capture_on_commit_callbacks(execute=True):
        clerk.post(page("hotline_file", kept.pk))
    assert "新登记 1 件" in clerk.get(page("hotline_file", kept.pk)).content.decode()
    wrong = clerk.post(page("hotline"), {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.7")})
    assert wrong.status_code == 422 and "PDF" in wrong.content.decode()


def test_one_address_sends_thirty_an_hour_and_then_reads_what_to_do(world):
    cache.clear()
    with world.scope():
        counter = open_counter(world.estate.pk, "东门", actor=world.actor("community_worker"))
    client = Client()
    answers = [
        client.post(f"/c/{counter.token}", {"words": f"第 {n} 件", "client_key": f"k{n}"}).status_code
        for n in range(31)
    ]
    assert answers == [200] * 30 + [429]
    with world.scope():
        assert Request.objects.count() == 30
    cache.clear()


def test_a_counter_says_its_number_and_a_bad_telephone_loses_nothing(world):
    cache.clear()
    with world.scope():
        counter = open_counter(world.estate.pk, "东门", actor=world.actor("community_worker"))
        assert speak_at_counter(counter, "灯坏了", client_key="a").request.channel == "property"
    client = Client()
    wrong = client.post(f"/c/{counter.token}", {"words": "大门关不上", "phone": "12", "client_key": "b"})
    assert wrong.status_code == 422 and "大门关不上" in wrong.content.decode()
    sent = client.post(f"/c/{counter.token}", {"words": "大门关不上", "client_key": "b"})
    assert "EV-260302-" in sent.content.decode()
    assert client.get("/c/no-such-desk").status_code == 404
