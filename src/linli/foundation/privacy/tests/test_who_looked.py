"""Who looked, told to the person: in words, by day, with the work named only as far as it is the person's own."""

from datetime import timedelta

import pytest
from django.utils import translation

from linli.foundation import clock
from linli.foundation.accounts.models import ProxyAuthority
from linli.foundation.privacy import naming
from linli.foundation.privacy.looking import days_of, looks_of, told
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.proxy_reading import note_reading

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture(autouse=True)
def named_work(monkeypatch):
    """Domains above this layer name their work: here every case below 100 is about a lamp."""

    def name(numbers, resident):
        return {number: "办您反映的“楼道灯不亮”" for number in numbers if number < 100}

    monkeypatch.setattr(naming, "_kinds", {"case": naming.Named(name)})


def looked(world, *, at=None, **more):
    given = {
        "resident": world.residents["elder"], "reader": "专职网格员 王芳", "field": "phone", "purpose": "case_contact",
        "about": "case:7", "at": at or clock.now(),
    }  # fmt: skip
    return AccessRecord.objects.create(**given | more)


def test_a_look_is_one_whole_sentence_with_who_when_what_and_why(world):
    with world.scope():
        looked(world)
        elder = world.residents["elder"]
        (look,) = told(looks_of(elder), elder)
        assert look.sentence == "专职网格员 王芳 3月2日 9:00 看了您的电话，为了办您反映的“楼道灯不亮”。"
        assert "电话" in look.why
        with translation.override("en"):
            assert "saw your phone on 2/3 9:00" in told(looks_of(elder), elder)[0].sentence


def test_work_that_is_not_the_persons_own_is_not_named(world):
    with world.scope():
        looked(world, about="case:123")
        looked(world, about="nonsense")
        elder = world.residents["elder"]
        assert {look.sentence for look in told(looks_of(elder), elder)} == {
            "专职网格员 王芳 3月2日 9:00 看了您的电话。"
        }


def test_looks_are_grouped_by_the_local_day_newest_first(world):
    with world.scope():
        for hours in (0, 15, 16, 40):
            looked(world, at=clock.now() - timedelta(hours=hours))
        elder = world.residents["elder"]
        days = days_of(told(looks_of(elder), elder))
    assert [(day.day.isoformat(), len(day.looks)) for day in days] == [
        ("2026-03-02", 1),
        ("2026-03-01", 2),
        ("2026-02-28", 1),
    ]


def test_reading_in_somebodys_name_is_itself_shown_once_a_sitting(world):
    elder = world.residents["elder"]
    with world.scope():
        ProxyAuthority.objects.update(scopes=["privacy"])
        proxy = world.actor("family_proxy")
        note_reading(elder, "information", actor=proxy)
        note_reading(elder, "information", actor=proxy)
        note_reading(elder, "information", actor=world.actor("elder"))
        with clock.frozen(clock.now() + timedelta(minutes=11)):
            note_reading(elder, "information", actor=proxy)
        sentences = [look.sentence for look in told(looks_of(elder), elder)]
    assert sentences == [
        "代办人 family_proxy 3月2日 9:11 看了您的全部信息。",
        "代办人 family_proxy 3月2日 9:00 看了您的全部信息。",
    ]
