"""An erasure takes events out of the log: it stays sound, and says that they went."""

import pytest
from django.db import transaction

from linli.foundation.accounts.actor import Actor
from linli.foundation.events import audit
from linli.foundation.events.forgetting import forget
from linli.foundation.events.models import AuditTree, Delivery, Event
from linli.foundation.events.recording import record
from linli.foundation.events.sequencing import sequence


@pytest.fixture
def log(world, monday_morning, settings, tmp_path):
    """Twelve events about four homes in turn."""
    settings.LINLI_HOME = tmp_path
    AuditTree.objects.all().delete()
    Event.objects.all().delete()
    with world.scope(), transaction.atomic():
        for n in range(12):
            record("tests.happened", world.homes[n % 4], actor=Actor.for_system("test"), n=n)
    sequence()
    return world


def of_home(world, n):
    return Event.objects.filter(subject=f"home:{world.homes[n].pk}")


def let_go(events):
    return forget(events, about="erasure:1", actor=Actor.for_system("test"))


def test_what_was_forgotten_is_gone_and_the_log_is_sound(log):
    before = audit.verify()
    assert let_go(of_home(log, 1)) == 3
    assert not of_home(log, 1).exists()
    after = audit.verify()
    assert after.sound and after.size == before.size + 1
    named = Event.objects.get(kind="events.forgotten").data
    assert named["positions"] == [[1, 1], [5, 5], [9, 9]] and named["about"] == "erasure:1"


def test_an_event_that_is_merely_deleted_is_still_missed(log):
    let_go(of_home(log, 1))
    of_home(log, 2).first().delete()
    report = audit.verify()
    assert [(finding.code, finding.position) for finding in report.findings] == [("missing", 2)]


def test_nobody_can_claim_that_a_later_event_was_forgotten_before(log):
    """A line names only what stood before it: written first, it excuses nothing that comes after."""
    with transaction.atomic():
        record("events.forgotten", AuditTree.objects.get(), actor=Actor.for_system("test"), positions=[[0, 99]])
    sequence()
    with log.scope(), transaction.atomic():
        late = record("tests.happened", log.homes[0], actor=Actor.for_system("test"))
    sequence()
    Event.objects.filter(pk=late.pk).delete()
    assert not audit.verify().sound


def test_what_a_handler_has_still_to_see_waits(log):
    event = of_home(log, 1).first()
    waiting = Delivery.objects.create(event=event, handler="tests.later", subject=event.subject, position=1)
    assert let_go(of_home(log, 1)) is None
    assert of_home(log, 1).count() == 3
    Delivery.objects.filter(pk=waiting.pk).update(attempts=3)
    assert let_go(of_home(log, 1)) == 3, "one that keeps failing on somebody who is gone holds nothing up"


def test_what_says_that_others_went_cannot_go_itself(log):
    let_go(of_home(log, 1))
    assert let_go(Event.objects.filter(kind="events.forgotten")) == 0
    assert Event.objects.filter(kind="events.forgotten").exists()
