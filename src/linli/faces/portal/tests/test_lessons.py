"""A resident learns, makes a mistake, and finishes; a suspicious message is judged; a drill's link teaches."""

import pytest

from linli.faces.kit import icons
from linli.foundation.privacy.education import actions
from linli.foundation.privacy.education.lessons import all_lessons
from linli.foundation.privacy.education.models import DrillMessage, LessonDone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def elder(world, client):
    client.force_login(world.accounts["elder"])
    return client


@pytest.mark.parametrize("lesson", all_lessons().values(), ids=lambda lesson: lesson.key)
def test_every_picture_of_a_lesson_can_be_drawn(lesson):
    assert all(icons.strokes(name) for step in lesson.steps for name in step.picture)


def test_five_questions_with_a_mistake_in_the_middle_finish_the_lesson(world, elder):
    lesson = all_lessons()["codes"]
    assert lesson.title.zh in elder.get("/portal/lessons/").content.decode()
    for number, question in enumerate(lesson.questions, start=1):
        address = f"/portal/lessons/codes/{number}/"
        if number == 3:
            wrong = elder.post(address, {"choice": (question.right + 1) % len(question.choices)})
            assert "再想想" in wrong.content.decode() and question.why.zh in wrong.content.decode()
        page = elder.post(address, {"choice": question.right}).content.decode()
        assert "答对了" in page
    assert "这一课学完了" in page
    with world.scope():
        assert LessonDone.objects.get().right_at_once == 4
    assert "学完了" in elder.get("/portal/lessons/").content.decode()


def test_the_last_question_alone_does_not_finish_a_lesson(world, elder):
    question = all_lessons()["codes"].questions[4]
    page = elder.post("/portal/lessons/codes/5/", {"choice": question.right}).content.decode()
    assert "前面还有题没答" in page
    with world.scope():
        assert not LessonDone.objects.exists()


@pytest.mark.parametrize("given", ["", "9", "-1", "²", "x"])
def test_an_answer_that_is_no_choice_asks_again(elder, given):
    page = elder.post("/portal/lessons/codes/1/", {"choice": given})
    assert page.status_code == 200 and "就选这个" in page.content.decode()


def test_a_fraud_is_named_sign_by_sign_and_nothing_is_a_mistake_that_is_told(elder):
    page = elder.post("/portal/lessons/suspicious/", {"words": "您涉嫌洗钱，请立即转账到安全账户"}).content.decode()
    assert "像是骗子" in page and "安全账户" in page and "催得很急" in page
    assert "先把短信贴进来" in elder.post("/portal/lessons/suspicious/", {"words": "  "}).content.decode()


def test_the_link_of_a_drill_explains_itself_to_whoever_followed_it(world, client):
    with world.scope():
        drill = actions.Drill.objects.create(scenario="gift_eggs", sent_at="2026-03-02T01:00:00Z")
        message = DrillMessage.objects.create(drill=drill, digest=actions._digest("B" * 22))
    page = client.get("/d/" + "B" * 22)
    assert page.status_code == 200 and "这是社区的演练" in page.content.decode()
    with world.scope():
        message.refresh_from_db()
    assert message.opened
    assert client.get("/d/" + "C" * 22).status_code == 404
