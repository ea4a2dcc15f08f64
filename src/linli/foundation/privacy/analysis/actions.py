"""Studies and their questions: who proposes, who approves, and the answer that comes of it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import require
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.privacy.analysis import snapshots
from linli.foundation.privacy.analysis.catalogue import views
from linli.foundation.privacy.analysis.models import (
    QUESTION_WORKFLOW,
    STUDY_WORKFLOW,
    QuestionState,
    Study,
    StudyQuestion,
    StudyState,
)
from linli.foundation.privacy.analysis.permissions import may_do
from linli.foundation.privacy.analysis.rules.answering import BUDGET, COST, EPSILON, Answer, History, answer
from linli.foundation.privacy.analysis.rules.shapes import BadQuestion, Question, canonical
from linli.foundation.privacy.analysis.wording import question_words, why_bad, words_for
from linli.foundation.privacy.publishing import ledger
from linli.foundation.privacy.publishing.models import ANALYSIS

LONGEST = timedelta(days=180)
SYSTEM = "analysis"


@transaction.atomic
def propose_study(title: str, why: str, wanted: list[str], ends_on: date, *, actor: Actor) -> Study:
    """Raises :class:`Invalid`, :class:`NotAllowed`."""
    require(actor, "analysis.propose")
    title, why = title.strip(), why.strip()
    if not 1 <= len(title) <= 80:
        raise Invalid(_("给研究起个名字，最多 80 字。"), code="no_title", field="title")
    if not 1 <= len(why) <= 400:
        raise Invalid(_("写明为什么要研究，最多 400 字。"), code="no_reason", field="why")
    if not wanted or not set(wanted) <= set(views()):
        raise Invalid(_("至少选一种数据。"), code="no_view", field="views")
    today = clock.today()
    if not today < ends_on <= today + LONGEST:
        raise Invalid(_("结束日期最晚半年以后。"), code="too_long", field="ends_on")
    study = Study.objects.create(
        title=title,
        why=why,
        views=sorted(set(wanted)),
        analyst_id=actor.account_id,
        proposed_at=clock.now(),
        ends_on=ends_on,
        budget=BUDGET,
    )
    record("analysis.study_proposed", study, actor=actor, views=study.views)
    return study


@transaction.atomic
def approve_study(study_id: int, *, version: int | None = None, actor: Actor) -> Study:
    """The second person's yes; the rows are then taken in the background."""
    from linli.foundation.privacy.analysis.tasks import take_snapshot

    study = _study(study_id, actor, version)
    transition = _step(STUDY_WORKFLOW, study, study, "approve", actor)
    _move(study, transition, approved_by_id=actor.account_id, approved_at=clock.now(), nonce=secrets.token_bytes(32))
    record("analysis.study_approved", study, actor=actor)
    transaction.on_commit(lambda: take_snapshot.enqueue(study.community_id, study.pk))
    return study


@transaction.atomic
def refuse_study(study_id: int, reason: str, *, version: int | None = None, actor: Actor) -> Study:
    study = _study(study_id, actor, version)
    transition = _step(STUDY_WORKFLOW, study, study, "refuse", actor, reason=reason.strip())
    _move(study, transition, reason=reason.strip()[:200], ended_at=clock.now())
    record("analysis.study_refused", study, actor=actor)
    return study


def open_study(study_id: int) -> None:
    """Take the snapshot of an approved study; done already, it changes nothing."""
    study = Study.objects.filter(pk=study_id, state=StudyState.PREPARING).first()
    if study is None:
        return
    name, digest, rows = snapshots.take(study, clock.today())
    system = Actor.for_system(SYSTEM, study.community_id)
    with transaction.atomic():
        locked = _study(study_id, system)
        if locked.state != StudyState.PREPARING:
            snapshots.FOLDER.forget(name)
            return
        transition = _step(STUDY_WORKFLOW, locked, locked, "open", system)
        _move(locked, transition, snapshot=name, digest=digest, rows=rows, taken_at=clock.now())
        record("analysis.snapshot_taken", locked, actor=system, digest=digest, rows=rows)


@transaction.atomic
def end_study(study_id: int, *, version: int | None = None, actor: Actor) -> Study:
    """No more questions; the rows and what made the pseudonyms are thrown away, the answers stay."""
    study = _study(study_id, actor, version)
    transition = _step(STUDY_WORKFLOW, study, study, "end", actor)
    name = study.snapshot
    _move(study, transition, ended_at=clock.now(), nonce=b"", snapshot="")
    for question in study.questions.filter(state=QuestionState.PROPOSED):
        _move(question, QUESTION_WORKFLOW.transition(question.state, "withdraw"))
    record("analysis.study_ended", study, actor=actor)
    transaction.on_commit(lambda: snapshots.FOLDER.forget(name))
    return study


def end_studies_due() -> int:
    """Studies past their day; returns how many."""
    due = Study.objects.filter(
        state__in=(StudyState.PROPOSED, StudyState.PREPARING, StudyState.OPEN), ends_on__lt=clock.today()
    )
    ids = list(due.values_list("pk", flat=True))
    for pk in ids:
        end_study(pk, actor=Actor.for_system(SYSTEM, None))
    return len(ids)


@transaction.atomic
def ask(study_id: int, asked: Question, *, actor: Actor) -> StudyQuestion:
    """Put a question; a second person approves it before anything is counted.

    Raises :class:`Invalid` for a question that cannot be asked, :class:`Conflict` for one asked already, a study that is
    not open, or a budget that is used up.
    """
    study = _study(study_id, actor)
    require(actor, "analysis.ask", study)
    if study.state != StudyState.OPEN:
        raise Conflict(_("这个研究现在不能提问。"), code="study_not_open")
    if asked.view not in study.views:
        raise Invalid(why_bad("view"), code="bad_question", field="view")
    shape, _rows = snapshots.read(study).tables[asked.view]
    try:
        asked.check(shape)
    except BadQuestion as bad:
        raise Invalid(why_bad(bad.code), code="bad_question", field=bad.code) from bad
    facts = asked.as_json()
    earlier = study.questions.exclude(state__in=(QuestionState.REFUSED, QuestionState.WITHDRAWN))
    if any(one == facts for one in earlier.values_list("asked", flat=True)):
        raise Conflict(_("这个问题问过了，结果在下面。"), code="asked_already")
    _check_budget(study)
    number = (study.questions.aggregate(last=Max("number"))["last"] or 0) + 1
    question = StudyQuestion.objects.create(
        study=study, number=number, asked=facts, words=question_words(asked, shape)[:400], asked_at=clock.now()
    )
    record("analysis.asked", question, actor=actor, study=study.pk, question=facts)
    return question


@transaction.atomic
def approve(question_id: int, *, version: int | None = None, actor: Actor) -> StudyQuestion:
    """The second person's yes: the question is answered now, through the gate, and its cost is taken from the study's
    budget and from the year's, which all studies share: another study has other noise, and two could be averaged."""
    question = _question(question_id, actor, version)
    study = _study(question.study_id, actor)
    transition = _step(QUESTION_WORKFLOW, question, study, "approve", actor)
    if study.state != StudyState.OPEN:
        raise Conflict(_("这个研究现在不能提问。"), code="study_not_open")
    _check_budget(study)
    ledger.pay(ANALYSIS, COST, f"answer:{question.pk}", actor=actor)
    snapshot = snapshots.read(study)
    before = list(answered(study))
    found = answers_of(study, snapshot, [*before, question])[-1]
    asked = Question.from_json(question.asked)
    shape, _rows = snapshot.tables[asked.view]
    place = len(before) + 1
    _move(
        question,
        transition,
        approved_by_id=actor.account_id,
        answered_at=clock.now(),
        answered_as=place,
        answer={**found.as_json(), "words": words_for(asked, shape)},
        answer_digest=digest_of(found),
        snapshot_digest=snapshot.digest,
        epsilon=EPSILON,
    )
    Study.objects.filter(pk=study.pk).update(spent=F("spent") + EPSILON)
    record("analysis.answered", question, actor=actor, study=study.pk, digest=question.answer_digest)
    return question


@transaction.atomic
def refuse(question_id: int, reason: str, *, version: int | None = None, actor: Actor) -> StudyQuestion:
    question = _question(question_id, actor, version)
    transition = _step(QUESTION_WORKFLOW, question, question.study, "refuse", actor, reason=reason.strip())
    _move(question, transition, reason=reason.strip()[:200])
    record("analysis.refused", question, actor=actor, study=question.study_id)
    return question


@transaction.atomic
def withdraw(question_id: int, *, version: int | None = None, actor: Actor) -> StudyQuestion:
    question = _question(question_id, actor, version)
    _move(question, _step(QUESTION_WORKFLOW, question, question.study, "withdraw", actor))
    record("analysis.withdrawn", question, actor=actor, study=question.study_id)
    return question


@transaction.atomic
def replay(question_id: int, *, actor: Actor) -> bool:
    """Answer it again from the same snapshot and the same history; whether it comes out the same to the last digit.

    Raises :class:`Conflict` when there is no answer or the snapshot has been thrown away.
    """
    question = _question(question_id, actor)
    study = question.study
    if question.answered_as is None or not study.snapshot:
        raise Conflict(_("没有可以重放的。研究结束以后，数据已经删了。"), code="nothing_to_replay")
    snapshot = snapshots.read(study)
    upto = [one for one in answered(study) if (one.answered_as or 0) <= question.answered_as]
    again = answers_of(study, snapshot, upto)[-1]
    same = digest_of(again) == question.answer_digest and snapshot.digest == question.snapshot_digest
    record("analysis.replayed", question, actor=actor, study=study.pk, same=same)
    return same


@transaction.atomic
def note_export(question_id: int, *, actor: Actor) -> StudyQuestion:
    """Somebody takes an answer away as a file. Raises :class:`NotFound`, :class:`Conflict`."""
    question = _question(question_id, actor)
    if question.answer is None:
        raise Conflict(_("还没有结果。"), code="no_answer_yet")
    record("analysis.exported", question, actor=actor, study=question.study_id)
    return question


def answered(study: Study):
    """In the order in which the answers were given: the gate looks at each beside those before it."""
    return study.questions.filter(state=QuestionState.ANSWERED).order_by("answered_as")


def answers_of(study: Study, snapshot: snapshots.Snapshot, questions: list[StudyQuestion]) -> list[Answer]:
    """The answers to these questions in this order."""
    secret, found = snapshots.noise_secret(study), []
    history: dict[str, History] = {}
    for one in questions:
        asked = Question.from_json(one.asked)
        shape, rows = snapshot.tables[asked.view]
        before = history.get(asked.view, History())
        given, history[asked.view] = answer(asked, shape, rows, before, secret)
        found.append(given)
    return found


def digest_of(given: Answer) -> str:
    return hashlib.sha256(canonical(given.as_json())).hexdigest()


def _check_budget(study: Study) -> None:
    if study.spent + EPSILON > study.budget + 1e-9:
        raise Conflict(_("这个研究的次数用完了。问得太多，会慢慢认出人来。"), code="budget_used")
    if ledger.left(ANALYSIS) < COST:
        raise Conflict(_("今年所有研究的次数用完了，明年再问。"), code="year_used")


def _study(study_id: int, actor: Actor, version: int | None = None) -> Study:
    if actor.community_id is None and not actor.system:
        raise NotFound
    seen = Study.objects.visible_to(actor).filter(pk=study_id).values("pk")
    found = Study.objects.select_for_update().filter(pk__in=seen).first()
    if found is None:
        raise NotFound
    if version is not None and version != found.version:
        raise Conflict(_("刚刚有人改过，请看一遍再做。"), code="stale")
    return found


def _question(question_id: int, actor: Actor, version: int | None = None) -> StudyQuestion:
    if actor.community_id is None and not actor.system:
        raise NotFound
    seen = StudyQuestion.objects.visible_to(actor).filter(pk=question_id).values("pk")
    found = StudyQuestion.objects.select_for_update(of=("self",)).select_related("study").filter(pk__in=seen).first()
    if found is None:
        raise NotFound
    if version is not None and version != found.version:
        raise Conflict(_("刚刚有人改过，请看一遍再做。"), code="stale")
    return found


def _step(
    table: StateTable, row: Study | StudyQuestion, study: Study, verb: str, actor: Actor, **given: object
) -> Transition:
    transition = table.transition(row.state, verb)
    if not may_do(actor, frozenset(transition.who), study):
        raise NotAllowed
    transition.require(given)
    return transition


def _move(row: Study | StudyQuestion, transition: Transition, **changes: object) -> None:
    row.state = transition.target(row.state)
    row.version += 1
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
