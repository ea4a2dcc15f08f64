"""Speaking instead of writing on the phone page: kept through mistakes, sent once, heard again before it is sent."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from linli.sense.requests.models import Request, VoiceMessage
from linli.sense.requests.tests.sounding import HEADS, wav

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.LINLI_HOME = tmp_path


@pytest.fixture
def resident(world, client):
    client.force_login(world.accounts["resident"])
    return client


def sound(data=None):
    return SimpleUploadedFile("voice.webm", data if data is not None else wav(), "audio/webm")


def kept_in(answer):
    return re.search(r'name="voice_id" value="(\d+)"', answer.content.decode())[1]


def test_a_voice_alone_is_enough(world, resident):
    answer = resident.post(
        "/portal/report/", {"place": "home", "voice": sound(), "voice_seconds": "1.0", "client_key": "k"}
    )
    assert answer.status_code == 302
    page = resident.get(answer["Location"]).content.decode()
    assert "（语音留言，还没有写成文字）" in page and "等工作人员听" in page
    with world.scope():
        voice = VoiceMessage.objects.get()
        assert (voice.request, voice.content_type, voice.seconds) == (Request.objects.get(), "audio/wav", 1.0)
    heard = resident.get(f"/voices/{voice.pk}")
    assert (heard.content, heard["Content-Type"], heard["Accept-Ranges"]) == (wav(), "audio/wav", "bytes")


def test_a_mistake_elsewhere_keeps_the_recording(world, resident):
    failed = resident.post("/portal/report/", {"place": "building", "voice": sound(), "client_key": "k"})
    assert failed.status_code == 422
    number = kept_in(failed)
    assert f'src="/voices/{number}"' in failed.content.decode()
    sent = resident.post("/portal/report/", {"place": "home", "voice_id": number, "client_key": "k"})
    assert sent.status_code == 302
    again = resident.post("/portal/report/", {"place": "home", "voice_id": number, "client_key": "k"})
    assert again["Location"] == sent["Location"]
    with world.scope():
        assert VoiceMessage.objects.get(pk=number).request == Request.objects.get()


def test_the_same_recording_eleven_times_is_one_request(world, resident):
    places = {
        resident.post("/portal/report/", {"place": "home", "voice": sound(), "client_key": "k"})["Location"]
        for _ in range(11)
    }
    assert len(places) == 1
    with world.scope():
        assert Request.objects.count() == 1
        assert VoiceMessage.objects.filter(request__isnull=True).count() <= 1


def test_what_is_not_wanted_is_taken_out_again(world, resident):
    number = kept_in(resident.post("/portal/report/", {"place": "building", "voice": sound()}))
    nothing = resident.post("/portal/report/", {"place": "home", "voice_id": number, "voice_drop": "1"})
    assert nothing.status_code == 422 and "还没有写是什么事" in nothing.content.decode()
    sent = resident.post("/portal/report/", {"place": "home", "voice_id": number, "voice_drop": "1", "words": "灯坏了"})
    assert sent.status_code == 302
    with world.scope():
        assert VoiceMessage.objects.get(pk=number).request is None


def test_with_a_recording_only_the_file_that_is_no_photo_is_the_mistake(world, client):
    client.force_login(world.accounts["elder"])
    wrong = SimpleUploadedFile("list.jpg", b"no picture", "image/jpeg")
    answer = client.post(
        "/portal/report/?theme=elder",
        {"step": "1", "to": "2", "voice": sound(), "photos": wrong, "client_key": "k"},
        follow=True,
    )
    page = answer.content.decode()
    assert kept_in(answer)
    assert "还没有写是什么事" not in page
    assert re.search(r'name="photos"[^>]*aria-invalid="true"', page) and page.count('class="err"') == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<script>alert(1)</script>", "这个文件听不了"),
        (b"", "录音是空的"),
        (wav(200, rate=100), "录音太长"),
    ],
    ids=["script", "empty", "long"],
)
def test_what_cannot_be_kept_is_said_and_the_words_stay(world, resident, data, said):
    answer = resident.post("/portal/report/", {"place": "home", "words": "灯坏了", "voice": sound(data)})
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page and "灯坏了" in page
    with world.scope():
        assert not Request.objects.exists()


@pytest.mark.parametrize("seconds", ["nan", "inf", "-3", "words", "1e999", ""])
def test_nonsense_from_the_recorder_is_as_if_it_had_said_nothing(world, resident, seconds):
    answer = resident.post(
        "/portal/report/", {"place": "home", "voice": sound(HEADS["audio/webm"]), "voice_seconds": seconds}
    )
    assert answer.status_code == 302
    with world.scope():
        assert VoiceMessage.objects.get().seconds is None


@pytest.mark.parametrize("number", ["999999", "-1", "abc", str(2**63), "1; drop"])
def test_a_number_that_is_nobodys_recording_sends_nothing(world, resident, number):
    answer = resident.post("/portal/report/", {"place": "home", "voice_id": number})
    assert answer.status_code == 422
    with world.scope():
        assert not Request.objects.exists()


def test_the_elder_theme_carries_it_through_its_three_pages(world, client):
    client.force_login(world.accounts["elder"])
    client.cookies["linli_theme"] = "elder"
    second = client.post(
        "/portal/report/?theme=elder",
        {"step": "1", "to": "2", "voice": sound(), "client_key": "k"},
        follow=True,
    )
    number = kept_in(second)
    third = client.post(
        "/portal/report/?theme=elder",
        {"step": "2", "to": "3", "place": "home", "voice_id": number, "client_key": "k"},
        follow=True,
    )
    assert kept_in(third) == number and f'src="/voices/{number}"' in third.content.decode()
    sent = client.post(
        "/portal/report/?theme=elder",
        {"step": "3", "to": "send", "place": "home", "voice_id": number, "client_key": "k"},
    )
    assert sent.status_code == 302


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-1", 206, slice(0, 2)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=0-999999999", 206, slice(0, None)),
        ("bytes=999999999-", 416, None),
        ("bytes=5-2", 416, None),
        ("bytes=-", 200, slice(0, None)),
        ("words=1-2", 200, slice(0, None)),
        ("bytes=0-1,4-5", 200, slice(0, None)),
    ],
)
def test_an_iphone_that_asks_for_parts_gets_parts(world, resident, wanted, status, part):
    number = kept_in(resident.post("/portal/report/", {"place": "building", "voice": sound()}))
    answer = resident.get(f"/voices/{number}", headers={"Range": wanted})
    assert answer.status_code == status
    if part is not None:
        assert answer.content == wav()[part]
    if status == 206:
        assert answer["Content-Range"].endswith(f"/{len(wav())}")
