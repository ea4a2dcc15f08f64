"""Speaking instead of writing: recorded in the browser, heard, sent, listened to by staff, read by whoever said it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from linli.sense.requests.models import VoiceMessage
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import AXE, RULES, breaks_the_policy

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.LINLI_HOME = tmp_path


def violations_of(page) -> list[str]:
    found = AXE.run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


def record(page):
    page.get_by_role("button", name="录一段语音").click()
    stop = page.get_by_role("button", name=re.compile("正在录"))
    expect(stop).to_have_attribute("aria-pressed", "true")
    expect(stop).to_contain_text("0:01")
    stop.click()
    expect(page.get_by_label("刚录的语音")).to_be_visible()


def plays(page, label):
    """Whether the browser could read the sound: it knows how long it lasts, or that it has begun."""
    audio = page.get_by_label(label)
    page.wait_for_function("one => one.readyState >= 1", arg=audio.element_handle())
    return audio


def test_a_resident_speaks_staff_listen_and_the_words_come_back(world, signed_in):
    said = []
    resident = signed_in("resident", PHONE)
    resident.on("console", lambda message: said.append(message.text))
    resident.goto("/portal/report/")
    record(resident)
    plays(resident, "刚录的语音")
    resident.get_by_role("button", name="删掉，重录").click()
    expect(resident.get_by_role("button", name="录一段语音")).to_be_focused()
    record(resident)
    assert violations_of(resident) == []
    resident.get_by_role("button", name="交给社区").click()
    expect(resident.get_by_role("heading", name="收到了")).to_be_visible()
    expect(resident.locator(".p-said")).to_contain_text("语音留言，还没有写成文字")
    plays(resident, "您录的语音")
    assert violations_of(resident) == []

    staff = signed_in("community_worker", DESK)
    staff.on("console", lambda message: said.append(message.text))
    staff.goto("/workbench/")
    staff.get_by_role("link", name=re.compile("语音留言，等人听写")).first.click()
    audio = staff.get_by_label("居民的语音留言")
    audio.evaluate("one => { one.preload = 'auto'; one.load() }")
    plays(staff, "居民的语音留言")
    assert violations_of(staff) == []
    staff.get_by_label("他说了什么？照说的写").fill("三单元楼道灯不亮")
    staff.get_by_role("button", name="写好了").click()
    expect(staff.locator("#detail h1")).to_have_text("三单元楼道灯不亮")

    resident.get_by_role("link", name="看这件事").click()
    expect(resident.locator(".p-said").first).to_have_text("三单元楼道灯不亮")
    expect(resident.locator(".p-voice")).to_contain_text("听了您的语音")
    assert not [one for one in said if breaks_the_policy(one)]


def test_an_elder_speaks_in_the_elder_theme(world, signed_in):
    elder = signed_in("elder", PHONE)
    elder.goto("/portal/report/?theme=elder")
    record(elder)
    assert violations_of(elder) == []
    elder.get_by_role("button", name="下一步").click()
    elder.get_by_role("button", name="下一步").click()
    plays(elder, "您录的语音")
    assert violations_of(elder) == []
    elder.get_by_role("button", name="对，交给你们").click()
    expect(elder.get_by_role("heading", name="收到了")).to_be_visible()
    with world.scope():
        voice = VoiceMessage.objects.get()
        assert voice.request is not None and voice.seconds and voice.seconds >= 1


def test_whoever_presses_send_while_talking_sends_what_was_said(world, signed_in):
    resident = signed_in("resident", PHONE)
    resident.goto("/portal/report/")
    resident.get_by_role("button", name="录一段语音").click()
    expect(resident.get_by_role("button", name=re.compile("正在录"))).to_contain_text("0:01")
    resident.get_by_role("button", name="交给社区").click()
    expect(resident.get_by_role("heading", name="收到了")).to_be_visible()
    with world.scope():
        assert VoiceMessage.objects.get().request is not None


def test_without_a_network_the_recording_waits_on_the_page_and_goes_by_itself(world, signed_in):
    resident = signed_in("resident", PHONE)
    resident.goto("/portal/report/")
    record(resident)
    resident.context.set_offline(True)
    resident.get_by_role("button", name="交给社区").click()
    expect(resident.locator(".p-offline")).to_be_visible()
    expect(resident.locator("[data-recorder] [role=status]")).to_contain_text("先别关")
    resident.context.set_offline(False)
    expect(resident.get_by_role("heading", name="收到了")).to_be_visible()
    with world.scope():
        assert VoiceMessage.objects.filter(request__isnull=False).count() == 1


@pytest.mark.parametrize("without", ["recorder", "permission"])
def test_where_nothing_records_a_file_does(world, signed_in, without, tmp_path):
    from linli.sense.requests.tests.sounding import wav

    file = tmp_path / "said.wav"
    file.write_bytes(wav(2))
    resident = signed_in("resident", PHONE)
    if without == "recorder":
        resident.add_init_script("delete window.MediaRecorder")
    else:
        resident.add_init_script(
            "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
        )
    resident.goto("/portal/report/")
    if without == "permission":
        resident.get_by_role("button", name="录一段语音").click()
        expect(resident.locator("[data-recorder] [role=status]")).to_contain_text("没有让我们用话筒")
    expect(resident.get_by_role("button", name="录一段语音")).to_be_hidden()
    resident.get_by_label("选一段录好的语音").set_input_files(file)
    plays(resident, "刚录的语音")
    assert violations_of(resident) == []
    resident.get_by_role("button", name="交给社区").click()
    expect(resident.get_by_role("heading", name="收到了")).to_be_visible()
    with world.scope():
        assert VoiceMessage.objects.get().seconds == 2.0
