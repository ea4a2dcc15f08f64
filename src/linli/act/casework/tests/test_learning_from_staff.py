from datetime import timedelta

import pytest

from linli.act.casework.actions import receive, reclassify
from linli.act.casework.models import Case
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid, NotAllowed
from linli.foundation.events.dispatching import drain
from linli.sense.requests.models import Channel, Request
from linli.understand.triage.actions import decide_readings, keep_reading, retrain
from linli.understand.triage.models import CategoryModel, Reading
from linli.understand.triage.queries import model_in_use, models_of, read_words, reading_of

MATTERS = {
    "050300": "楼道里一直在往下掉水珠，天花板发霉",
    "150300": "隔壁每天深夜跺脚拖凳子，整夜没法休息",
    "080100": "北门口横七竖八全是轿车，轮椅推不过去",
}


def system(world) -> Actor:
    return Actor.for_system("triage", world.community.pk)


def decided(world, n: int, start: int = 0) -> None:
    """Requests whose words no open list knows well, each with the category that staff gave."""
    now = clock.now()
    for number in range(start, start + n):
        code = sorted(MATTERS)[number % 3]
        request = Request.objects.create(
            channel=Channel.PHONE, words=f"{MATTERS[code]}，第{number}次说了", said_at=now, received_at=now
        )
        keep_reading(request.pk, work=f"case:{number}", category="990000", actor=system(world))
        decide_readings(f"case:{number}", category=code, at=now + timedelta(minutes=number), actor=system(world))


@pytest.mark.django_db
def test_a_model_learns_from_staff_and_is_put_to_use_because_it_does_better(world):
    with world.scope():
        decided(world, 90)
        assert read_words("天花板发霉，一直掉水珠")[1] == 0
        done = retrain(actor=system(world))
        assert done.replaced and done.version == 1
        assert done.after.macro_f1 > done.before.macro_f1
        assert done.held_back == 20
        found, version = read_words("天花板发霉，一直往下掉水珠")
        assert (found.category, version) == ("050300", 1)
        assert found.evidence
        assert CategoryModel.objects.get().standing == CategoryModel.Standing.IN_USE


@pytest.mark.django_db
def test_a_model_that_is_not_better_on_newer_decisions_is_put_aside(world):
    with world.scope():
        decided(world, 90)
        retrain(actor=system(world))
        Reading.objects.update(decided_at=clock.now() - timedelta(days=1))
        decided(world, 24, start=200)
        again = retrain(actor=system(world))
        assert not again.replaced
        assert model_in_use() is not None
        standing = list(CategoryModel.objects.order_by("version").values_list("standing", "content"))
        assert [s for s, _ in standing] == ["in_use", "not_better"]
        assert standing[1][1] is None


@pytest.mark.django_db
def test_too_few_decisions_teach_nothing(world):
    with world.scope():
        decided(world, 30)
        with pytest.raises(Invalid) as refused:
            retrain(actor=system(world))
        assert refused.value.code == "too_few_labels"
        with pytest.raises(NotAllowed):
            retrain(actor=world.actor("resident"))


@pytest.mark.django_db
def test_what_staff_correct_becomes_the_label_of_the_request(world):
    with world.scope():
        received = receive("单元门坏了关不上", actor=world.actor("community_worker"), channel=Channel.DESK)
        drain()
        reading = Reading.objects.get(request=received.request)
        assert reading.decided == "" and reading.category == "050600"
        reclassify(received.case.pk, category="050700", level="P2", actor=world.actor("community_worker"))
        drain()
        reading.refresh_from_db()
        assert (reading.category, reading.suggested, reading.decided) == ("050700", "050600", "corrected")
        assert Case.objects.get().category == "050700"


@pytest.mark.django_db
def test_danger_is_read_by_rule_whatever_a_model_has_learnt(world):
    with world.scope():
        decided(world, 90)
        retrain(actor=system(world))
        found, _version = read_words("天花板掉水珠，我被困在电梯里了")
        assert (found.by, found.level, found.category) == ("danger", "P0", "070100")


@pytest.mark.django_db
def test_readings_are_for_staff_and_models_for_the_community_s_staff(world):
    with world.scope():
        decided(world, 3)
        request = Request.objects.first()
        assert reading_of(request.pk, actor=world.actor("community_worker")) is not None
        assert reading_of(request.pk, actor=world.actor("resident")) is None
        assert list(models_of(world.actor("resident"))) == []
