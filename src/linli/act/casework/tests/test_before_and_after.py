"""Photos of before and after the work stand beside each other, for whoever said it and on the page for everybody."""

import io

import pytest
from django.test import Client
from PIL import Image

from linli.act.casework.actions import accept, add_note, feed_back, receive, show_publicly, start, take
from linli.act.casework.queries import improvements, my_matter
from linli.foundation.errors import Invalid
from linli.foundation.files.actions import store_photo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.LINLI_HOME = tmp_path


def photo(actor, colour) -> int:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return store_photo(out.getvalue(), actor=actor).pk


@pytest.fixture
def done(world):
    """The resident's own photo, staff's of before, of meanwhile and of after; all of them on the card."""
    with world.scope():
        resident, worker, director = (world.actor(who) for who in ("resident", "grid_worker", "community_director"))
        photos = {"said": photo(resident, "red")}
        received = receive("楼道灯坏了", actor=resident, photo_ids=[photos["said"]])
        for step, who in ((accept, director), (take, worker), (start, worker)):
            step(received.case.pk, actor=who)
        photos |= {
            kind: photo(worker, colour) for kind, colour in (("before", "blue"), ("", "grey"), ("after", "green"))
        }
        add_note(received.case.pk, text="到了", public=True, photo_ids=[photos["before"]], shows="before", actor=worker)
        add_note(received.case.pk, text="在换", public=True, photo_ids=[photos[""]], actor=worker)
        feed_back(received.case.pk, outcome="fixed", result="换好了", photo_ids=[photos["after"]], actor=worker)
        show_publicly(received.case.pk, title="灯不亮", did="换了灯", photo_ids=list(photos.values()), actor=director)
        yield received, photos


def test_the_speaker_sees_them_as_a_pair(world, client, done):
    received, photos = done
    kinds = {entry.shows for entry in my_matter(received.request.pk, world.actor("resident")).timeline if entry.photos}
    assert kinds == {"before", "", "after"}
    client.force_login(world.accounts["resident"])
    page = client.get(f"/portal/matters/{received.request.pk}/").content.decode()
    pair = page[page.index('<div class="p-pictures">') : page.index("谁在办")]
    order = [pair.index(f"/photos/{photos[kind]}") for kind in ("said", "before", "after")]
    assert order == sorted(order) and pair.count("办之前 ·") == 2 and pair.count("办完后 ·") == 1
    assert f"/photos/{photos['']}" not in pair


def test_everybody_sees_them_as_a_pair(world, done):
    _received, photos = done
    _here, (one,) = improvements(world.community.code)
    assert {photo.pk for photo in one.before} == {photos["said"], photos["before"]}
    assert [photo.pk for photo in one.after] == [photos["after"]]
    assert [photo.pk for photo in one.photos] == [photos[""]]
    page = Client().get(f"/done/{world.community.code}/").content.decode()
    assert page.index("办之前") < page.index("办完后")


def test_what_a_photo_shows_is_before_or_after_and_nothing_else(world, done):
    received, _photos = done
    with pytest.raises(Invalid):
        add_note(received.case.pk, text="x", shows="sideways", actor=world.actor("grid_worker"))


def test_a_worker_says_on_the_form_what_the_photo_shows(world, client):
    from django.core.files.uploadedfile import SimpleUploadedFile
    from tests.sweep.objects import picture

    with world.scope():
        case = receive("楼道灯坏了", actor=world.actor("resident")).case
        case = accept(case.pk, actor=world.actor("grid_worker"))
    client.force_login(world.accounts["grid_worker"])
    sent = client.post(
        f"/workbench/cases/{case.pk}/do/note/",
        {"version": case.version, "text": "到了", "shows": "before", "public": "on",
         "photos": SimpleUploadedFile("a.jpg", picture(), "image/jpeg")},
    )  # fmt: skip
    assert sent.status_code == 302
    assert "处置前" in client.get(f"/workbench/cases/{case.pk}/").content.decode()
    with world.scope():
        assert case.entries.get(verb="note").data["shows"] == "before"
