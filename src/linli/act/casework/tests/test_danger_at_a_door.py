"""Words of danger that come in by themselves, and that nobody has read, reach a person at once."""

import pytest

from linli.foundation.accounts.actor import Actor
from linli.foundation.events.dispatching import drain
from linli.foundation.notices.models import Notice
from linli.sense.intake.mail import bring_letter

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday_morning")]


def letter(words: str, key: str) -> bytes:
    head = f"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\nMessage-ID: <{key}@x>\r\n"
    return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n".encode()


def told(world, words, key):
    with world.scope():
        before = Notice.objects.count()
        arrival = bring_letter(letter(words, key), actor=Actor.for_system("mail", world.community.pk))
        drain()
        return arrival, list(Notice.objects.order_by("pk")[before:])


def test_an_e_mail_about_danger_to_life_is_told_of_without_its_words(world):
    worker = world.accounts["community_worker"]
    worker.phone = "19900020001"
    worker.save()
    arrival, notices = told(world, "我爸昏倒了，没有反应，3 幢 2 单元", "1")
    assert notices
    assert all(f"/workbench/arrivals/{arrival.pk}/" in one.text and "昏倒" not in one.text for one in notices)
    assert {one.not_before for one in notices} == {None}, "not even the night holds it up"
    again, more = told(world, "我爸昏倒了，没有反应，3 幢 2 单元", "1")
    assert (again, more) == (arrival, [])


def test_an_ordinary_one_waits_for_somebody_to_look(world):
    assert told(world, "楼道灯不亮，请来修", "2")[1] == []
