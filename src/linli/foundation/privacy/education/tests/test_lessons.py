"""Lessons can be read, answered and finished; results never name anybody."""

import pytest

from linli.foundation.accounts.queries import actor_of
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.models import Event
from linli.foundation.privacy.education.actions import finish_lesson, record_class
from linli.foundation.privacy.education.lessons import lesson_for, lessons_for
from linli.foundation.privacy.education.models import LessonDone
from linli.foundation.privacy.education.queries import done_by, reach

pytestmark = pytest.mark.django_db


def all_right(lesson):
    return {n: question.right for n, question in enumerate(lesson.questions)}


@pytest.mark.parametrize("lesson", lessons_for("residents"), ids=lambda lesson: lesson.key)
def test_sentences_for_residents_stay_short(lesson):
    said = [step.words.zh for step in lesson.steps] + [q.words.zh for q in lesson.questions]
    said += [q.why.zh for q in lesson.questions]
    sentences = [part for words in said for part in words.replace("？", "。").replace("！", "。").split("。") if part]
    assert max(len(sentence) for sentence in sentences) <= 35
    assert sum(map(len, sentences)) / len(sentences) <= 20


def test_the_right_answer_is_not_always_in_the_same_place():
    for audience in ("residents", "staff"):
        places = {question.right for lesson in lessons_for(audience) for question in lesson.questions}
        assert len(places) >= 2


def test_finishing_a_lesson_is_an_event_that_points_can_hang_on(world, monday_morning):
    with world.scope():
        elder = actor_of(world.accounts["elder"])
        lesson = lesson_for("residents", "codes")
        finish_lesson(lesson, all_right(lesson), actor=elder)
        finish_lesson(lesson, {}, actor=elder)
        assert LessonDone.objects.get().right_at_once == 5
        event = Event.objects.get(kind="education.lesson_completed")
        assert event.data["resident"] == world.residents["elder"].pk
        assert done_by(elder) == {"codes"}


def test_a_lesson_for_staff_is_not_offered_to_residents():
    with pytest.raises(NotFound):
        lesson_for("residents", "phishing")


def test_one_person_in_a_grid_is_not_shown(world, monday_morning):
    with world.scope():
        lesson = lesson_for("residents", "codes")
        finish_lesson(lesson, all_right(lesson), actor=actor_of(world.accounts["elder"]))
        row = next(row for row in reach(actor_of(world.accounts["dpo"])) if row.lesson.key == "codes")
        assert row.people is None
        assert [here.people for here in row.grids] == [None, None]


def test_only_those_who_answer_for_the_community_see_how_far_lessons_came(world, monday_morning):
    with world.scope():
        for who in ("elder", "grid_worker", "wall_display"):
            with pytest.raises(NotAllowed):
                reach(actor_of(world.accounts[who]))


def test_a_class_for_people_without_phones_is_counted_and_can_be_corrected(world, monday_morning):
    with world.scope():
        worker = actor_of(world.accounts["community_worker"])
        record_class("codes", world.grids[0].pk, 21, monday_morning.date(), actor=worker)
        record_class("codes", world.grids[0].pk, 12, monday_morning.date(), actor=worker)
        row = next(row for row in reach(worker) if row.lesson.key == "codes")
        assert [here.attended for here in row.grids] == [12, 0]
        with pytest.raises(Invalid):
            record_class("codes", world.grids[0].pk, 0, monday_morning.date(), actor=worker)


def test_answers_through_the_api_say_which_were_wrong_and_finish_when_none_is(world, monday_morning, client):
    client.force_login(world.accounts["resident"])
    lesson = lesson_for("residents", "links")
    right = [question.right for question in lesson.questions]
    wrong = [*right[:2], (right[2] + 1) % 3, *right[3:]]

    def answer(answers):
        return client.post("/api/v1/lessons/links/answers", {"answers": answers}, content_type="application/json")

    assert answer(wrong).json() == {"done": False, "wrong": [2]}
    assert answer([]).json()["wrong"] == [0, 1, 2, 3, 4]
    assert answer(right).json() == {"done": True, "wrong": []}
    assert next(one["done"] for one in client.get("/api/v1/lessons").json() if one["key"] == "links")
