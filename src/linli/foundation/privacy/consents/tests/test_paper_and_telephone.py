"""Evidence: a signed form with its photo, a call with what was read out; each box of the form by itself."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from pypdf import PdfReader

from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.files.access import photo_for
from linli.foundation.files.actions import store_photo
from linli.foundation.privacy.consents.actions import Evidence, give_consent
from linli.foundation.privacy.consents.models import Decline
from linli.foundation.privacy.consents.paper import consent_purposes, enter_form, form_pdf, new_form
from linli.foundation.privacy.consents.queries import form_for
from linli.foundation.privacy.models import Consent

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def here(world, monday_morning):
    with world.scope():
        yield world


@pytest.fixture
def photo(here):
    return taken_by(here, "grid_worker")


def taken_by(here, who):
    out = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(out, "JPEG")
    return store_photo(out.getvalue(), actor=here.actor(who))


def form_of(here, who="elder"):
    return new_form(here.residents[who], actor=here.actor("grid_worker"))


def test_the_printed_form_asks_for_each_purpose_in_a_box_of_its_own_and_leads_back(here):
    form = form_of(here)
    pdf = PdfReader(io.BytesIO(form_pdf(form, address=f"https://x/{form.code}", actor=here.actor("grid_worker"))))
    words = "".join(page.extract_text() for page in pdf.pages)
    assert here.residents["elder"].name in words
    assert form.code in words
    asked = consent_purposes(here.residents["elder"])
    for purpose in asked:
        assert str(purpose.name) in words
    assert words.count("不同意") >= len(asked)


def test_what_is_crossed_is_entered_and_what_is_left_empty_stays_open(here, photo):
    form = form_of(here)
    given = enter_form(form, {"water_care": True, "door_care": False}, [photo], actor=here.actor("grid_worker"))
    assert [(one.purpose, one.channel) for one in given] == [("water_care", "paper")]
    assert list(given[0].testimony.photos.all()) == [photo]
    assert Decline.objects.get().purpose == "door_care"
    assert Consent.objects.count() == 1


def test_the_person_sees_the_paper_it_signed_and_a_neighbour_does_not(here, photo):
    enter_form(form_of(here), {"water_care": True}, [photo], actor=here.actor("grid_worker"))
    assert photo_for(here.actor("elder"), photo.pk) == photo
    with pytest.raises(NotFound):
        photo_for(here.actor("neighbour"), photo.pk)


@pytest.mark.parametrize(
    ("answers", "with_photo", "code"),
    [({}, True, "no_answers"), ({"water_care": True}, False, "photo_missing"), ({"case_contact": True}, True, "not_on_form")],
)  # fmt: skip
def test_a_form_that_proves_nothing_is_refused_and_nothing_is_written(here, photo, answers, with_photo, code):
    with pytest.raises(Invalid) as refused:
        enter_form(form_of(here), answers, [photo] if with_photo else [], actor=here.actor("grid_worker"))
    assert refused.value.code == code
    assert not Consent.objects.exists()


def test_a_form_is_entered_once_and_not_after_its_words_have_changed(here, photo):
    form = form_of(here)
    enter_form(form, {"water_care": True}, [photo], actor=here.actor("grid_worker"))
    with pytest.raises(Conflict, match="录过"):
        enter_form(form, {"door_care": True}, [photo], actor=here.actor("grid_worker"))
    old = form_of(here)
    old.versions["water_care"] = "2020-01"
    old.save()
    with pytest.raises(Conflict) as refused:
        enter_form(old, {"water_care": True}, [photo], actor=here.actor("grid_worker"))
    assert refused.value.code == "form_outdated"


def test_a_form_opens_only_to_staff_of_the_place(here):
    form = form_of(here)
    assert form_for(here.actor("grid_worker"), form.code.lower()) == form
    with pytest.raises(NotFound):
        form_for(here.actor("other_grid_worker"), form.code)
    with pytest.raises((NotAllowed, NotFound)):
        new_form(here.residents["elder"], actor=here.actor("neighbour"))


def by_phone(here, **evidence):
    return give_consent(
        here.residents["elder"], "water_care", channel="phone", evidence=Evidence(**evidence),
        actor=here.actor("grid_worker"),
    )  # fmt: skip


def test_a_consent_by_telephone_keeps_when_and_what_was_read_out(here, monday_morning):
    called = monday_morning - timedelta(minutes=5)
    testimony = by_phone(here, note="打给本人", called_at=called, read_out="只看用水量").testimony
    assert (testimony.called_at, testimony.read_out) == (called, "只看用水量")
    assert testimony.taken_by == here.accounts["grid_worker"]


def test_a_call_without_its_time_or_words_or_from_tomorrow_proves_nothing(here, monday_morning):
    for evidence, code in (
        ({"note": "打过电话"}, "call_missing"),
        ({"called_at": monday_morning}, "call_missing"),
        ({"called_at": clock.now() + timedelta(days=1), "read_out": "x"}, "call_in_future"),
    ):
        with pytest.raises(Invalid) as refused:
            by_phone(here, **evidence)
        assert refused.value.code == code


def test_paper_without_its_photo_proves_nothing(here):
    with pytest.raises(Invalid) as refused:
        give_consent(
            here.residents["elder"], "water_care", channel="paper", evidence="在柜子里", actor=here.actor("grid_worker")
        )
    assert refused.value.code == "photo_missing"
