"""The analysis room through the API: studies, questions and gated answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from ninja import Router, Schema
from ninja.pagination import PageNumberPagination, paginate
from pydantic import Field

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotAllowed
from linli.foundation.privacy.analysis import actions, queries
from linli.foundation.privacy.analysis.models import Study, StudyQuestion
from linli.foundation.privacy.analysis.rules.shapes import Question

router = Router(tags=["privacy"])


class StudyIn(Schema):
    title: str = Field(max_length=80)
    why: str = Field(max_length=400)
    views: list[str] = Field(max_length=10)
    ends_on: date


class StudyOut(Schema):
    id: int
    title: str
    why: str
    views: list[str]
    state: Literal["proposed", "preparing", "open", "refused", "ended"]
    ends_on: date
    digest: str
    rows: int
    answers_left: int

    @staticmethod
    def resolve_answers_left(study: Study) -> int:
        return queries.left(study)


class ColumnOut(Schema):
    key: str
    title: str
    values: dict[str, str]


class MeasureOut(Schema):
    key: str
    title: str
    unit: str


class ShapeOut(Schema):
    view: str
    title: str
    columns: list[ColumnOut]
    measures: list[MeasureOut]


class QuestionIn(Schema):
    view: str = Field(max_length=40)
    group_by: list[str] = Field(default_factory=list, max_length=2)
    keep: dict[str, list[str]] = Field(default_factory=dict, description="the values that count, by column")
    measure: str = Field("", max_length=40, description="a mean of it; empty for a count")


class ReasonIn(Schema):
    reason: str = Field(max_length=200)


class CellOut(Schema):
    values: list[str]
    count: int | None = Field(description="null where the cell is hidden")
    mean: float | None


class QuestionOut(Schema):
    id: int
    study_id: int
    number: int
    words: str
    asked: dict
    state: Literal["proposed", "answered", "refused", "withdrawn"]
    asked_at: datetime
    answered_at: datetime | None
    snapshot_digest: str
    answer_digest: str
    give_or_take: int | None
    cells: list[CellOut]

    @staticmethod
    def resolve_give_or_take(question: StudyQuestion) -> int | None:
        table = queries.table_of(question)
        return table.give_or_take if table else None

    @staticmethod
    def resolve_cells(question: StudyQuestion) -> list[dict]:
        table = queries.table_of(question)
        rows = table.rows if table else ()
        return [{"values": list(words), "count": count, "mean": mean} for words, count, mean in rows]


class ReplayOut(Schema):
    same: bool


@router.get("/studies", response=list[StudyOut], summary="Studies, newest first")
@paginate(PageNumberPagination, page_size=50)
def studies(request: ActorRequest):
    _of_a_community(request)
    return queries.studies(request.actor)


@router.post("/studies", response={201: StudyOut}, summary="Propose a study; somebody else approves it")
def propose(request: ActorRequest, body: StudyIn):
    return 201, actions.propose_study(body.title, body.why, body.views, body.ends_on, actor=request.actor)


@router.get("/studies/{int:study_id}", response=StudyOut, summary="One study")
def study(request: ActorRequest, study_id: int):
    _of_a_community(request)
    return queries.study_for(request.actor, study_id)


@router.get("/studies/{int:study_id}/shapes", response=list[ShapeOut], summary="What can be asked of an open study")
def shapes(request: ActorRequest, study_id: int):
    _of_a_community(request)
    return [
        {
            "view": shape.view,
            "title": shape.title,
            "columns": [
                {"key": key, "title": shape.titles[key], "values": dict(values)}
                for key, values in shape.columns.items()
            ],
            "measures": [{"key": key, "title": one.title, "unit": one.unit} for key, one in shape.measures.items()],
        }
        for shape in queries.shapes_of(queries.study_for(request.actor, study_id))
    ]


@router.post("/studies/{int:study_id}/approve", response=StudyOut, summary="The second person's yes to a study")
def approve_study(request: ActorRequest, study_id: int):
    return actions.approve_study(study_id, actor=request.actor)


@router.post("/studies/{int:study_id}/end", response=StudyOut, summary="End it: its rows are thrown away")
def end_study(request: ActorRequest, study_id: int):
    return actions.end_study(study_id, actor=request.actor)


@router.get("/studies/{int:study_id}/questions", response=list[QuestionOut], summary="Every question, newest first")
@paginate(PageNumberPagination, page_size=50)
def questions(request: ActorRequest, study_id: int):
    _of_a_community(request)
    return queries.questions_of(queries.study_for(request.actor, study_id))


@router.post("/studies/{int:study_id}/questions", response={201: QuestionOut}, summary="Ask; somebody else approves it")
def ask(request: ActorRequest, study_id: int, body: QuestionIn):
    return 201, actions.ask(study_id, Question.from_json(body.dict()), actor=request.actor)


@router.post(
    "/study-questions/{int:question_id}/approve", response=QuestionOut, summary="Approve it: it is answered now"
)
def approve(request: ActorRequest, question_id: int):
    return actions.approve(question_id, actor=request.actor)


@router.post("/study-questions/{int:question_id}/refuse", response=QuestionOut, summary="The second person's no")
def refuse(request: ActorRequest, question_id: int, body: ReasonIn):
    return actions.refuse(question_id, body.reason, actor=request.actor)


@router.post("/study-questions/{int:question_id}/replay", response=ReplayOut, summary="Answer it again and compare")
def replay(request: ActorRequest, question_id: int):
    return {"same": actions.replay(question_id, actor=request.actor)}


def _of_a_community(request: ActorRequest) -> None:
    if request.actor.community_id is None:
        raise NotAllowed
