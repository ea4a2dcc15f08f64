"""Lessons through the API: what a mini-program shows, and how it answers."""

from __future__ import annotations

from ninja import Router, Schema
from pydantic import Field

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.privacy.education.actions import answer_lesson
from linli.foundation.privacy.education.lessons import Lesson, lesson_for, lessons_for
from linli.foundation.privacy.education.queries import done_by

router = Router(tags=["privacy"])


class StepOut(Schema):
    picture: list[str]
    alt: str
    words: str


class QuestionOut(Schema):
    words: str
    choices: list[str]


class LessonOut(Schema):
    key: str
    version: str
    title: str
    about: str
    done: bool
    steps: list[StepOut]
    questions: list[QuestionOut]


class AnswersIn(Schema):
    answers: list[int] = Field(max_length=10, description="the index of the choice for each question, in order")


class AnswersOut(Schema):
    done: bool
    wrong: list[int] = Field(description="indices of the questions to think about again")


@router.get("/lessons", response=list[LessonOut], summary="Short lessons about protecting one's information")
def lessons(request: ActorRequest):
    done = done_by(request.actor)
    return [_shown(lesson, done) for lesson in lessons_for(_audience(request))]


@router.post("/lessons/{slug:key}/answers", response=AnswersOut, summary="Answer a lesson's questions")
def answer(request: ActorRequest, key: str, body: AnswersIn):
    wrong = answer_lesson(lesson_for(_audience(request), key), body.answers, actor=request.actor)
    return {"done": not wrong, "wrong": wrong}


def _audience(request: ActorRequest) -> str:
    return "staff" if request.actor.is_staff else "residents"


def _shown(lesson: Lesson, done: set[str]) -> dict:
    return {
        "key": lesson.key,
        "version": lesson.version,
        "title": str(lesson.title),
        "about": str(lesson.about),
        "done": lesson.key in done,
        "steps": [
            {"picture": list(step.picture), "alt": str(step.alt), "words": str(step.words)} for step in lesson.steps
        ],
        "questions": [
            {"words": str(question.words), "choices": [str(choice) for choice in question.choices]}
            for question in lesson.questions
        ],
    }
