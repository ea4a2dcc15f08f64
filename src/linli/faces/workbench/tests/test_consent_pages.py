"""Consent at the workbench: with a mistake in the middle, and the resident reads it on the phone afterwards."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pypdf import PdfReader

from linli.act.care.models import Visit
from linli.foundation import clock
from linli.foundation.privacy.consents.actions import give_consent, withdraw_consent
from linli.foundation.privacy.consents.models import Ending, Guardianship, PaperForm
from linli.foundation.privacy.models import Consent
from linli.sense.telemetry.models import Device, HotObservation
from linli.understand.warnings.models import Warning

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def photo():
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "JPEG")
    return SimpleUploadedFile("form.jpg", out.getvalue(), "image/jpeg")


@pytest.fixture
def worker(world, client):
    client.force_login(world.accounts["grid_worker"])
    return client


def page_of(world, who="elder"):
    return f"/workbench/people/{world.residents[who].pk}/consents/"


def test_a_form_is_printed_signed_and_entered_and_a_forgotten_photo_is_asked_for(world, worker):
    pdf = worker.post(page_of(world) + "print/")
    assert pdf["Content-Type"] == "application/pdf"
    assert len(PdfReader(io.BytesIO(pdf.content)).pages) >= 1
    with world.scope():
        form = PaperForm.objects.get()
    entry = f"/workbench/consents/form/{form.code}/"
    body = worker.get(entry).content.decode()
    assert 'value="yes" checked' not in body
    assert 'value="no" checked' not in body
    without = worker.post(entry, {"answer-water_care": "yes", "answer-door_care": "no"})
    assert without.status_code == 422
    assert "拍下来" in without.content.decode()
    assert 'name="answer-water_care" value="yes" checked' in without.content.decode()
    done = worker.post(
        entry, {"answer-water_care": "yes", "answer-door_care": "no", "photos": photo()}, follow=True
    ).content.decode()
    assert "看签字的纸 1" in done
    with world.scope():
        assert [one.purpose for one in Consent.objects.in_force()] == ["water_care"]
    assert "已经录过了" in worker.get(entry).content.decode()


def test_a_printed_form_waits_on_the_page_for_whoever_cannot_scan_its_code(world, worker):
    assert "录入表号" not in worker.get(page_of(world)).content.decode()
    worker.post(page_of(world) + "print/")
    with world.scope():
        code = PaperForm.objects.get().code
    entry = f"/workbench/consents/form/{code}/"
    assert f'href="{entry}"' in worker.get(page_of(world)).content.decode()
    worker.post(entry, {"answer-water_care": "yes", "photos": photo()})
    assert f'href="{entry}"' not in worker.get(page_of(world)).content.decode()
    worker.logout()
    worker.force_login(world.accounts["elder"])
    with world.scope():
        paper = Consent.objects.get().testimony.photos.get()
    assert f'href="/photos/{paper.pk}"' in worker.get("/portal/me/consents/").content.decode()


def test_what_is_no_photo_is_said_beside_the_form(world, worker):
    worker.post(page_of(world) + "print/")
    with world.scope():
        code = PaperForm.objects.get().code
    fake = SimpleUploadedFile("a.jpg", b"not a picture", "image/jpeg")
    answer = worker.post(f"/workbench/consents/form/{code}/", {"answer-water_care": "yes", "photos": fake})
    assert answer.status_code == 422
    assert "不是照片" in answer.content.decode()


def test_a_call_is_written_down_with_what_was_read_out(world, worker):
    take = page_of(world) + "water_care/take/"
    body = worker.get(take).content.decode()
    assert "先读给本人听" in body
    assert " checked" not in body.split("<form", 1)[1]
    unfinished = worker.post(take, {"channel": "phone", "answer": "yes", "note": "打给本人"})
    assert unfinished.status_code == 422
    assert "什么时候打的电话" in unfinished.content.decode()
    worker.post(take, {"channel": "phone", "answer": "yes", "note": "打给本人", "called_at": "2026-03-02T08:50"})
    with world.scope():
        testimony = Consent.objects.get().testimony
    assert "只看用水量" in testimony.read_out
    assert testimony.called_at.isoformat() == "2026-03-02T00:50:00+00:00"


def test_a_no_at_the_door_leads_to_people_who_look_in(world, worker):
    worker.post(page_of(world) + "water_care/take/", {"channel": "door", "answer": "no", "note": "本人在家，不要"})
    shown = worker.post(page_of(world) + "water_care/instead/", follow=True).content.decode()
    assert "上门看看" in shown
    listed = worker.get("/workbench/visits/").content.decode()
    assert "孟**" in listed
    with world.scope():
        visit = Visit.objects.get()
    well = worker.post(f"/workbench/visits/{visit.pk}/well/", {"note": "在看电视"}, follow=True).content.decode()
    assert "平安" in well
    with world.scope():
        following = Visit.objects.waiting().get()
    missed = worker.post(f"/workbench/visits/{following.pk}/no-answer/", follow=True)
    assert "/workbench/cases/" in missed.redirect_chain[-1][0]
    assert "敲门没人应" in missed.content.decode()


def test_one_call_stops_it_once_it_is_written_who_called(world, worker):
    with world.scope():
        elder = world.residents["elder"]
        consent = give_consent(elder, "water_care", channel="door", evidence="当面", actor=world.actor("grid_worker"))
    assert "现在停" in worker.get(page_of(world) + f"?withdraw={consent.pk}").content.decode()
    address = f"/workbench/consents/{consent.pk}/withdraw/"
    assert worker.post(address).status_code == 422
    assert "最晚" in worker.post(address, {"note": "本人来电"}, follow=True).content.decode()
    with world.scope():
        assert (Ending.objects.get().channel, Ending.objects.get().note) == ("phone", "本人来电")


def test_a_childs_guardian_is_registered_from_the_people_of_its_home(world, worker):
    page = worker.get(page_of(world, "child")).content.decode()
    assert "不满 14 岁" in page
    address = f"/workbench/people/{world.residents['child'].pk}/guardians/"
    mother = world.residents["resident"]
    wrong = worker.post(address, {"guardian": mother.pk, "relation": "mother", "evidence": ""})
    assert wrong.status_code == 422
    worker.post(address, {"guardian": mother.pk, "relation": "mother", "evidence": "户口本", "photos": photo()})
    with world.scope():
        assert Guardianship.objects.get().guardian == mother
        assert Guardianship.objects.get().photos.count() == 1
    worker.post(
        page_of(world, "child") + "smoke_care/take/",
        {"channel": "door", "answer": "yes", "note": "妈妈在家", "signer": mother.pk},
    )
    with world.scope():
        assert Consent.objects.get().testimony.guardianship.guardian == mother


def test_another_grid_opens_none_of_it(world, client):
    client.force_login(world.accounts["other_grid_worker"])
    assert client.get(page_of(world)).status_code == 404
    assert client.post(page_of(world) + "print/").status_code == 404


def test_counts_name_nobody_and_say_what_waits_to_be_erased(world, client):
    with world.scope():
        give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
    client.force_login(world.accounts["dpo"])
    body = client.get("/workbench/privacy/consents/").content.decode()
    assert "水表关怀" in body
    assert world.residents["elder"].name not in body
    client.force_login(world.accounts["grid_worker"])
    assert client.get("/workbench/privacy/consents/").status_code == 403


def test_nobody_to_visit_is_said_kindly(world, worker):
    assert "没有要去看的人" in worker.get("/workbench/visits/").content.decode()


def test_the_readings_behind_a_warning_are_shown_to_nobody_once_the_home_took_back_its_consent(world, worker):
    with world.scope():
        elder = world.residents["elder"]
        meter = Device.objects.create(
            code="meter-1", type="water_meter", home=world.homes[0], credential_digest="x", enrolled_at=clock.now()
        )
        now = round(clock.now().timestamp() * 1000)
        for minutes in (0, 30):
            HotObservation.objects.create(device=meter, metric="volume", time=now - minutes * 60_000, value=100.0)
        warning = Warning.objects.create(
            kind="no_water", source=f"home:{world.homes[0].pk}", level="P1", grid=world.grids[0],
            building=world.buildings[0], home=world.homes[0], device=meter, opened_at=clock.now(),
            evidence={"from": "2026-03-01T12:00:00Z", "to": "2026-03-02T01:00:00Z", "hours": 13, "litres": 0.0},
            last_triggered_at=clock.now(),
        )  # fmt: skip
        consent = give_consent(elder, "water_care", channel="app", actor=world.actor("elder"))
    address = f"/workbench/warnings/{warning.pk}/"
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        assert "累计用水" in worker.get(address).content.decode()
        with world.scope():
            withdraw_consent(consent, actor=world.actor("elder"))
        body = worker.get(address).content.decode()
    assert "累计用水" not in body
    assert "撤回了同意" in body
