import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from linli.act.casework.actions import accept, perform, receive, show_publicly
from linli.foundation import clock
from linli.foundation.accounts.models import BrowserSession, ProxyAuthority
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.door import reveal
from linli.foundation.privacy.sensing.models import Declaration
from linli.foundation.registry.models import Facility
from linli.sense.requests.models import Request
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.models import Device

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

PAGES = ["", "report/", "matters/", "me/", "me/looks/", "me/consents/", "family/", "proxy/"]


def said(world, who="resident", words="楼道灯不亮，晚上看不见", **more):
    with world.scope():
        return receive(words, actor=world.actor(who), **more)


def answered(world, received):
    """The case brought to the point where the resident is asked."""
    with world.scope():
        worker = world.actor("grid_worker")
        for verb, who, given in [
            ("accept", world.actor("community_worker"), {}),
            ("take", worker, {}),
            ("start", worker, {}),
            ("feed_back", worker, {"outcome": "fixed", "result": "换了一盏灯"}),
        ]:
            perform(received.case.pk, verb, actor=who, **given)
        received.case.refresh_from_db()
    return received


def state_of(world, received):
    with world.scope():
        received.case.refresh_from_db()
    return received.case.state


@pytest.fixture
def resident(world, client):
    client.force_login(world.accounts["resident"])
    return client


def photo(name="a.png", colour="#88aa77"):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")


def key_in(answer):
    return re.search(r'name="client_key" value="(\w+)"', answer.content.decode())[1]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", ["resident", "elder", "family_proxy"])
def test_each_page_opens_in_both_themes_and_languages(world, client, who, path):
    said(world)
    said(world, who="elder")
    with world.scope():
        ProxyAuthority.objects.update(scopes=["requests", "privacy"])
    client.force_login(world.accounts[who])
    for language in ("zh-hans", "en"):
        type(world.accounts[who]).objects.update(language=language)
        for theme in ("standard", "elder"):
            assert client.get(f"/portal/{path}", {"theme": theme}).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_signs_in_first_and_staff_are_told_it_is_not_theirs(world, client, path):
    assert client.get(f"/portal/{path}").status_code == 302
    client.force_login(world.accounts["grid_worker"])
    assert client.get(f"/portal/{path}").status_code == 403


def test_an_elder_finds_four_doors_and_a_telephone(world, client):
    client.force_login(world.accounts["elder"])
    body = client.get("/portal/").content.decode()
    assert len(re.findall(r'class="door( primary)?"', body)) == 4
    assert f'href="tel:{world.community.phone}"' in body
    assert "孟大爷，上午好" in body
    assert 'href="/portal/me/looks/"' in body


def test_a_request_tells_number_who_and_by_when(resident, world):
    form = {"words": "楼道灯不亮", "place": "home", "client_key": "abc"}
    answer = resident.post("/portal/report/", form, follow=True)
    with world.scope():
        request = Request.objects.select_related("joined__case").get()
        number = request.joined.case.number
    body = answer.content.decode()
    assert number in body
    assert world.community.phone in body
    assert request.home_id == world.residents["resident"].home_id


def test_why_the_promised_day_moves_when_it_is_accepted_is_said_before_and_after(resident, world, monday_morning):
    sent = resident.post("/portal/report/", {"words": "楼道灯不亮", "place": "home", "client_key": "k"}).url
    before = resident.get(sent).content.decode()
    assert "受理以后，才开始算办理的时间" in before
    with world.scope():
        request = Request.objects.select_related("joined__case").get()
        promised = request.joined.case.finish_by
        with clock.frozen(monday_morning + timedelta(days=1)):
            case = accept(request.joined.case.pk, actor=world.actor("community_director"))
            track = resident.get(f"/portal/matters/{request.pk}/").content.decode()
    assert case.finish_by > promised
    assert "办理的时间从那时算起" in track and "才开始算" not in track


def test_what_can_break_is_offered_in_groups_ones_own_building_first(client, world):
    with world.scope():
        for n, building in enumerate([*world.buildings, None]):
            Facility.objects.create(
                code=f"L{n}", name=f"路灯 {n}", kind="lamp", grid=world.grids[0], building=building, x=0, y=0
            )
        at_home = world.residents["resident"].home.entrance.building
        own = Facility.objects.filter(building=at_home).order_by("name").values_list("name", flat=True)
    client.force_login(world.accounts["resident"])
    page = client.get("/portal/report/").content.decode()
    groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', page, re.S)
    assert groups[0][0] == "您住的这幢楼" and all(name in groups[0][1] for name in own)
    names = [name for name, _options in groups]
    assert f"{world.estate.name} · 路灯" in names and "路灯" in names and len(names) == len(set(names))


def test_a_double_tap_is_one_request(resident, world):
    form = {"words": "楼道灯不亮", "place": "home", "client_key": key_in(resident.get("/portal/report/"))}
    first, second = (resident.post("/portal/report/", form) for _ in range(2))
    assert first.url == second.url
    with world.scope():
        assert Request.objects.count() == 1


def test_a_mistake_keeps_words_photos_and_key(resident, world):
    form = {"words": "写了很久的一段话", "place": "facility", "client_key": "k", "photos": [photo()]}
    answer = resident.post("/portal/report/", form)
    body = answer.content.decode()
    assert answer.status_code == 422
    assert "写了很久的一段话" in body
    assert "请选是哪一个" in body
    assert 'name="client_key" value="k"' in body
    kept = re.search(r'name="photo_ids" value="(\d+)"', body)[1]
    resident.post("/portal/report/", form | {"place": "home", "photo_ids": kept, "photos": []})
    with world.scope():
        assert [p.pk for p in Request.objects.get().photos.all()] == [int(kept)]


@pytest.mark.parametrize(("sent", "status"), [(3, 302), (4, 302), (5, 422)])
def test_four_photos_are_taken_and_a_fifth_is_refused_without_losing_the_four(resident, world, sent, status):
    form = {
        "words": "井盖松了",
        "place": "home",
        "client_key": "k",
        "photos": [photo(colour=f"#88{40 * n:02x}77") for n in range(sent)],
    }
    answer = resident.post("/portal/report/", form)
    assert answer.status_code == status
    if status == 422:
        kept = re.search(r'name="photo_ids" value="([\d,]+)"', answer.content.decode())[1]
        answer = resident.post("/portal/report/", form | {"photo_ids": kept, "photos": []})
        assert answer.status_code == 302
    with world.scope():
        assert Request.objects.get().photos.count() == min(sent, 4)


def test_what_is_not_a_photo_is_refused_beside_the_field(resident, world):
    form = {
        "words": "楼道灯不亮",
        "place": "home",
        "photos": [SimpleUploadedFile("a.jpg", b"nonsense", "image/jpeg")],
    }
    answer = resident.post("/portal/report/", form)
    assert answer.status_code == 422
    assert "不是照片" in answer.content.decode()
    with world.scope():
        assert not Request.objects.exists()


def test_nothing_written_asks_for_a_sentence(resident):
    answer = resident.post("/portal/report/", {"words": "  ", "place": "home"})
    assert answer.status_code == 422


@pytest.mark.parametrize(("place", "expected"), [
    ({"place": "facility", "facility": "lift"}, "facility_id"),
    ({"place": "building", "building": "second"}, "building_id"),
    ({"place": "pin", "x": "12.5", "y": "26"}, "x"),
])  # fmt: skip
def test_a_place_can_be_a_facility_a_building_or_a_pin(resident, world, place, expected):
    known = {"lift": world.lift.pk, "second": world.buildings[1].pk}
    form = {"words": "坏了"} | {name: known.get(value, value) for name, value in place.items()}
    assert resident.post("/portal/report/", form).status_code == 302
    with world.scope():
        assert getattr(Request.objects.get(), expected) is not None


def test_an_elder_reports_in_three_steps_without_scripts(world, client):
    client.force_login(world.accounts["elder"])
    first = client.get("/portal/report/")
    key = key_in(first)
    second = client.post(
        "/portal/report/", {"step": "1", "to": "2", "words": "楼道灯不亮", "client_key": key}, follow=True
    )
    assert 'value="楼道灯不亮"' in second.content.decode()
    given = {"words": "楼道灯不亮", "client_key": key, "place": "home"}
    third = client.post("/portal/report/", given | {"step": "2", "to": "3"}, follow=True).content.decode()
    assert "楼道灯不亮" in third
    assert str(world.homes[0]) in third
    assert client.post("/portal/report/", given | {"step": "3", "to": "send"}).status_code == 302
    with world.scope():
        assert Request.objects.get().speaker_id == world.residents["elder"].pk


def test_an_elder_is_not_led_past_an_empty_first_step(world, client):
    client.force_login(world.accounts["elder"])
    answer = client.post("/portal/report/", {"step": "1", "to": "2", "words": ""}, follow=True)
    assert 'aria-invalid="true"' in answer.content.decode()
    assert "写一句就行" in answer.content.decode()


def test_every_page_of_an_elders_report_can_be_gone_back_to_with_what_was_written(world, client):
    client.force_login(world.accounts["elder"])
    given = {"words": "楼道灯不亮", "client_key": "k", "place": "building"}
    second = client.post("/portal/report/", given | {"step": "1", "to": "2"})
    wrong = client.post("/portal/report/", given | {"step": "2", "to": "3"})
    assert second.status_code == wrong.status_code == 302, "a page that is fetched can be gone back to"
    page = client.get(wrong.url).content.decode()
    assert "请选是哪一幢楼" in page and 'value="楼道灯不亮"' in page and 'name="client_key" value="k"' in page
    page = client.get(wrong.url.replace("step=2", "step=1")).content.decode()
    assert "楼道灯不亮</textarea>" in page
    sent = client.post("/portal/report/", given | {"place": "home", "step": "3", "to": "send"})
    assert "/sent/" in sent.url
    page = client.get(wrong.url).content.decode()
    assert "楼道灯不亮" not in page and 'value="k"' not in page, "what was sent is not sent again"


def test_a_report_that_is_not_sent_is_whose_it_is_and_lies_sealed(world, client):
    client.force_login(world.accounts["elder"])
    kept = client.post("/portal/report/", {"words": "楼道灯不亮", "client_key": "k", "step": "1", "to": "2"}).url
    row = BrowserSession.objects.get()
    assert "楼道灯" not in str(row.get_decoded())
    for other in (kept.replace("draft=k", "draft=x"), kept + "&draft=z", "/portal/report/?draft=&step=9"):
        assert "楼道灯不亮" not in client.get(other).content.decode()
    held = client.session
    held["report_draft"] |= {"until": "2020-01-01T00:00:00+00:00"}
    held.save()
    assert "楼道灯不亮" not in client.get(kept).content.decode()
    stranger = Client()
    stranger.force_login(world.accounts["neighbour"])
    stranger.cookies["linli_theme"] = "elder"
    assert "楼道灯不亮" not in stranger.get(kept).content.decode()


def test_danger_shows_the_emergency_numbers(resident):
    answer = resident.post("/portal/report/", {"words": "有人困在电梯里", "place": "home"}, follow=True)
    for number in ("110", "119", "120"):
        assert f'href="tel:{number}"' in answer.content.decode()


@pytest.mark.parametrize("who", ["neighbour", "elder"])
def test_somebody_elses_matter_is_not_found(world, other_world, client, who):
    received = said(world)
    for account in (world.accounts[who], other_world.accounts["resident"]):
        client.force_login(account)
        for path in ("", "rate/", "words/", "withdraw/"):
            ask = client.post if path else client.get
            assert ask(f"/portal/matters/{received.request.pk}/{path}").status_code == 404


def test_an_unhappy_rating_opens_the_case_again(resident, world):
    received = answered(world, said(world))
    body = resident.get(f"/portal/matters/{received.request.pk}/").content.decode()
    assert 'name="solved" value="yes" required>' in body
    rate = f"/portal/matters/{received.request.pk}/rate/"
    assert resident.post(rate, {"solved": "no", "satisfaction": "1", "reason": ""}).status_code == 302
    assert state_of(world, received) == "reopened"


def test_a_happy_rating_closes_it(resident, world):
    received = answered(world, said(world))
    resident.post(f"/portal/matters/{received.request.pk}/rate/", {"solved": "yes", "satisfaction": "5"})
    assert state_of(world, received) == "closed"


def test_an_unfinished_rating_keeps_what_was_chosen(resident, world):
    received = answered(world, said(world))
    answer = resident.post(f"/portal/matters/{received.request.pk}/rate/", {"satisfaction": "2", "reason": "灯还闪"})
    assert answer.status_code == 422
    body = answer.content.decode()
    assert "灯还闪" in body
    assert re.search(r'value="2" required checked', body)
    assert state_of(world, received) == "evaluating"


def test_a_word_added_reaches_the_case(resident, world):
    received = said(world)
    resident.post(f"/portal/matters/{received.request.pk}/words/", {"words": "晚上六点后在家"})
    assert "晚上六点后在家" in resident.get(f"/portal/matters/{received.request.pk}/").content.decode()


def test_a_matter_is_withdrawn_with_a_reason(resident, world):
    received = said(world)
    path = f"/portal/matters/{received.request.pk}/withdraw/"
    page = resident.get(f"/portal/matters/{received.request.pk}/").content.decode()
    assert "撤回这件事" in page and "说过同意，又不想了" not in page
    assert "说过同意，又不想了" in resident.get("/portal/me/consents/").content.decode()
    assert resident.post(path, {"reason": ""}).status_code == 422
    assert resident.post(path, {"reason": "自己修好了"}).status_code == 302
    assert state_of(world, received) == "withdrawn"


def test_internal_notes_stay_with_staff(resident, world):
    received = said(world)
    with world.scope():
        perform(received.case.pk, "note", actor=world.actor("grid_worker"), text="内部的话", public=False)
        perform(received.case.pk, "note", actor=world.actor("grid_worker"), text="灯泡已买好", public=True)
    body = resident.get(f"/portal/matters/{received.request.pk}/").content.decode()
    assert "灯泡已买好" in body
    assert "内部的话" not in body


def test_a_link_rates_without_signing_in_and_only_once(world, client):
    from linli.act.casework.links import rating_url

    received = answered(world, said(world))
    path = rating_url(world.community.pk, received.request.pk, 0).partition("/r/")[2]
    assert client.get(f"/r/{path}").status_code == 200
    assert client.post(f"/r/{path}", {"solved": "yes"}).status_code == 422
    assert client.post(f"/r/{path}", {"solved": "yes", "satisfaction": "5"}).status_code == 200
    assert state_of(world, received) == "closed"
    again = client.post(f"/r/{path}", {"solved": "no", "satisfaction": "1", "reason": "改主意"})
    assert "收到您的评价了" in again.content.decode()
    assert state_of(world, received) == "closed"


def test_a_forged_link_is_not_found(client, world):
    assert client.get("/r/1.2.0:abc:def").status_code == 404


def test_a_daughter_acts_for_her_father_and_he_sees_it(world, client):
    client.force_login(world.accounts["family_proxy"])
    home = client.get("/portal/", {"theme": "standard"}).content.decode()
    assert home.count("您在替孟大爷办事") == 1
    assert re.search(r"<h1>[^<]*好，family_proxy</h1>|<h1>[^<]*夜深了，family_proxy</h1>", home)
    client.post("/portal/report/", {"words": "水龙头滴水", "place": "home"})
    with world.scope():
        assert Request.objects.get().speaker_id == world.residents["elder"].pk
    client.force_login(world.accounts["elder"])
    body = client.get("/portal/family/").content.decode()
    assert "family_proxy替您反映了“水龙头滴水”" in body


def test_a_proxy_cannot_choose_a_stranger(world, client):
    client.force_login(world.accounts["family_proxy"])
    assert client.post("/portal/proxy/", {"resident": world.residents["resident"].pk}).status_code == 404


def test_who_looked_and_why_is_told_in_words(resident, world):
    received = said(world)
    with world.scope():
        about = f"case:{received.case.pk}"
        reveal(world.residents["resident"], "phone", "case_contact", about, actor=world.actor("grid_worker"))
    body = resident.get("/portal/me/looks/").content.decode()
    assert re.search(r"专职网格员 grid_worker 3月2日 9:00 看了您的电话，为了办您反映的“楼道灯不亮", body)
    assert "办您反映的事，要能找到您" in body


def test_consent_is_withdrawn_in_two_taps(world, client):
    with world.scope():
        elder = world.residents["elder"]
        consent = give_consent(elder, "water_care", channel="app", actor=world.actor("elder"))
    client.force_login(world.accounts["elder"])
    first = client.get("/portal/me/consents/", {"withdraw": consent.pk}).content.decode()
    assert f"/portal/me/consents/{consent.pk}/withdraw/" in first
    client.post(f"/portal/me/consents/{consent.pk}/withdraw/")
    with world.scope():
        consent.refresh_from_db()
    assert consent.withdrawn_at is not None


def test_each_agreement_is_stopped_by_its_own_name_and_may_be_given_again(world, client):
    with world.scope():
        elder, actor = world.residents["elder"], world.actor("elder")
        water, _door = (give_consent(elder, kind, channel="app", actor=actor) for kind in ("water_care", "door_care"))
    client.force_login(world.accounts["elder"])
    body = client.get("/portal/me/consents/").content.decode()
    assert "不再看我家水表" in body and "不再看我家的门" in body
    after = client.post(f"/portal/me/consents/{water.pk}/withdraw/", follow=True).content.decode()
    assert "已停，社区不再看您家水表。" in after
    assert "最晚" in after
    assert "/portal/me/consents/water_care/give/" not in after
    asked = client.get("/portal/me/consents/?give=water_care").content.decode()
    assert "/portal/me/consents/water_care/give/" in asked
    assert "/portal/me/consents/water_care/decline/" in asked
    client.post("/portal/me/consents/water_care/give/")
    with world.scope():
        assert elder.consents.filter(purpose="water_care", withdrawn_at=None).count() == 1


def test_who_looked_at_the_readings_of_a_meter_at_home_is_told_once_an_hour(world, client):
    with world.scope():
        elder = world.residents["elder"]
        give_consent(elder, "water_care", channel="app", actor=world.actor("elder"))
        enrol(NewDevice("meter-9", "water_meter", home_id=elder.home_id), actor=world.actor("community_director"))
        meter = Device.objects.get(code="meter-9")
    client.force_login(world.accounts["grid_worker"])
    for _again in range(2):
        assert client.get(f"/workbench/devices/{meter.pk}/").status_code == 200
    with world.scope():
        assert elder.access_records.filter(field="readings", purpose="water_care").count() == 1
    client.force_login(world.accounts["elder"])
    assert "看了您的家里设备的读数" in client.get("/portal/me/looks/").content.decode()


def _declare_too(device_type, purpose):
    """The kind that is declared in homes, for another purpose besides."""
    one = Declaration.objects.filter(type=device_type, inside_homes=True).get()
    one.pk, one.purpose, one.code = None, purpose, f"{one.code}T"
    one.save()


def test_who_stops_one_agreement_is_told_what_still_reads_the_same_meter(world, client):
    with world.scope():
        elder, actor = world.residents["elder"], world.actor("elder")
        kinds = ("water_care", "rhythm_care")
        water, rhythm = (give_consent(elder, kind, channel="app", actor=actor) for kind in kinds)
        enrol(NewDevice("meter-9", "water_meter", home_id=elder.home_id), actor=world.actor("community_director"))
        _declare_too("water_meter", "rhythm_care")
    client.force_login(world.accounts["elder"])
    asked = client.get("/portal/me/consents/", {"withdraw": water.pk}).content.decode()
    assert "还会看，因为“作息关怀”还同意着" in asked
    answer = client.post(f"/portal/me/consents/{water.pk}/withdraw/")
    assert answer["Location"].endswith("#purpose-water_care")
    after = client.get("/portal/me/consents/").content.decode()
    assert "还在看，因为“作息关怀”还同意着" in after and "data-toast" in after
    assert "已停，社区不再看您家水表" not in after
    assert f"?withdraw={rhythm.pk}#purpose-rhythm_care" in after
    client.post(f"/portal/me/consents/{rhythm.pk}/withdraw/")
    client.get("/portal/me/consents/")
    stopped = client.get("/portal/me/consents/").content.decode()
    assert "已停，社区不再看您家水表" in stopped and "还在看" not in stopped


def test_nobody_withdraws_anothers_consent(world, client):
    with world.scope():
        consent = give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
    client.force_login(world.accounts["resident"])
    assert client.post(f"/portal/me/consents/{consent.pk}/withdraw/").status_code == 404


def test_what_is_held_is_told_with_the_phone_masked(resident, world):
    body = resident.get("/portal/me/").content.decode()
    assert world.phones["resident"] not in body
    assert "方晓" in body


def test_me_too_says_that_it_is_noted_and_the_page_of_all_marks_not_ones_own(world, client):
    received = said(world, "neighbour")
    with world.scope():
        card = show_publicly(received.case.pk, title="灯不亮", actor=world.actor("community_worker"))
    client.force_login(world.accounts["resident"])
    page = client.get("/portal/neighbours/").content.decode()
    assert 'aria-current="page"' in page
    assert not re.search(r'href="/portal/matters/" aria-current', page)
    answer = client.post(f"/portal/neighbours/{card.pk}/me-too/", follow=True)
    assert "记下了，加上您了" in answer.content.decode()
