"""An analyst studies the community without seeing anybody: two people agree, the rows are sealed, and every answer can be
given again."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.models import Event
from linli.foundation.privacy.analysis import actions, queries, snapshots
from linli.foundation.privacy.analysis.files import csv_of
from linli.foundation.privacy.analysis.models import Study
from linli.foundation.privacy.analysis.rules.shapes import Question
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.publishing import ledger
from linli.foundation.privacy.rights.models import Suspension
from linli.foundation.registry.models import Resident

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(world, monday_morning):
    """Sixty women and twenty men born in the fifties, and four women born in the thirties."""
    born = [("f", 1952, 60), ("m", 1955, 20), ("f", 1931, 4)]
    with world.scope():
        Resident.objects.bulk_create(
            Resident(
                community=world.community, code=f"S{year}{sex}{n}", name=f"测{n}", sex=sex,
                birth_date=date(year, 1 + n % 12, 1 + n % 28), home=world.homes[n % 4], phone=f"1980000{year}{n:02d}"[:11],
            )
            for sex, year, count in born for n in range(count)
        )  # fmt: skip
        yield world


def opened(here, views=("residents",), title="没有电梯的楼") -> Study:
    study = actions.propose_study(
        title, "要不要先装电梯", list(views), clock.today() + timedelta(days=30), actor=here.actor("analyst")
    )
    actions.approve_study(study.pk, actor=here.actor("community_director"))
    actions.open_study(study.pk)
    study.refresh_from_db()
    return study


def asked(here, study: Study, question: Question):
    made = actions.ask(study.pk, question, actor=here.actor("analyst"))
    return actions.approve(made.pk, actor=here.actor("dpo"))


def counts(question) -> dict:
    table = queries.table_of(question)
    return {tuple(words): count for words, count, _mean in table.rows}


def test_from_the_proposal_to_an_answer_in_totals(here):
    study = opened(here)
    assert study.state == "open"
    question = asked(here, study, Question("residents", ("sex", "born")))
    shown = counts(question)
    assert abs(shown["女", "1950–1959 年生"] - 60) <= 25
    assert abs(shown["男", "1950–1959 年生"] - 20) <= 20 or shown["男", "1950–1959 年生"] is None
    assert shown["女", "1930–1939 年生"] is None, "four people are never told"
    assert shown["女", "2010–2019 年生"] is None, "nor is it told that nobody is there"
    study.refresh_from_db()
    assert study.spent == 0.5


def test_all_studies_of_a_year_share_one_budget_so_that_none_is_averaged_away(here):
    """Each study has noise of its own: enough of them would tell the number itself."""
    question, given = Question("residents", ("sex",)), 0
    studies = [opened(here, title=f"研究 {n}") for n in range(3)]
    with pytest.raises(Conflict) as refused:
        for study in studies:
            for _n in range(10):
                asked(here, study, varied(question, given))
                given += 1
    assert (refused.value.code, given) == ("year_used", 20)
    book = ledger.standing("analysis")
    assert book.left == 0 and [entry.amount for entry in book.entries] == [500] * 20
    with clock.frozen(clock.now() + timedelta(days=366)):
        assert queries.left_this_year() == 20


def test_the_director_can_lower_what_studies_may_ask_in_a_year_and_nobody_can_raise_it(here):
    study = opened(here)
    waiting = actions.ask(study.pk, Question("residents", ("sex",)), actor=here.actor("analyst"))
    ledger.lower("analysis", "9.8", actor=here.actor("community_director"))
    with pytest.raises(Conflict) as refused:
        actions.approve(waiting.pk, actor=here.actor("dpo"))
    assert refused.value.code == "year_used"
    waiting.refresh_from_db()
    assert waiting.answer is None and ledger.left("analysis") == 200
    with pytest.raises(Conflict):
        ledger.grant("analysis", "20", actor=here.actor("community_director"))


def varied(question: Question, n: int) -> Question:
    """Other questions of the same kind: the same one is not asked twice in a study."""
    decades = [str(1920 + 10 * k) for k in range(10)]
    return Question(question.view, question.group_by, keep={"born": tuple(sorted({decades[n % 10], "1950"}))})


def test_each_person_finds_the_study_among_what_machines_used(here):
    study = opened(here)
    objector = Resident.objects.get(code="S1952f0")
    records = AccessRecord.objects.filter(about=f"study:{study.pk}")
    assert set(records.values_list("kind", "field", "purpose")) == {("machine", "birth_date", "analysis")}
    assert not records.filter(resident=here.residents["child"]).exists()
    Suspension.objects.create(resident=objector, purpose="analysis", since=clock.now())
    later = opened(here, title="以后的")
    assert not AccessRecord.objects.filter(about=f"study:{later.pk}", resident=objector).exists()
    assert later.rows == study.rows - 1


def test_the_snapshot_holds_nobody_and_lies_sealed(here):
    study = opened(here)
    snapshot = snapshots.read(study)
    text = json.dumps([[row.key, *row.values.values()] for _s, rows in snapshot.tables.values() for row in rows])
    for resident in Resident.objects.all():
        assert resident.name not in text
        assert resident.birth_date.isoformat() not in text
    shape, _rows = snapshot.tables["residents"]
    assert not {"name", "phone", "address", "birth_date", "identity_number", "health", "care_grade"} & set(
        shape.columns
    )
    raw = (settings.LINLI_HOME / "studies" / study.snapshot).read_bytes()
    assert b"residents" not in raw
    assert snapshot.tables["residents"][1][0].key.encode() not in raw


def test_pseudonyms_of_two_studies_cannot_be_joined(here):
    names = [{row.key for row in snapshots.read(opened(here, title=t)).tables["residents"][1]} for t in ("一", "二")]
    assert len(names[0]) == len(names[1]) > 80
    assert not names[0] & names[1]


def test_the_order_of_the_rows_tells_nothing_of_the_register(here):
    rows = snapshots.read(opened(here)).tables["residents"][1]
    assert [row.key for row in rows] == sorted(row.key for row in rows)


def test_two_questions_whose_difference_is_four_people_do_not_both_get_an_answer(here):
    study = opened(here)
    decades = ("1940", "1950", "1960", "1970", "1980", "1990")
    without = asked(here, study, Question("residents", keep={"sex": ("f",), "born": decades}))
    everybody = asked(here, study, Question("residents", keep={"sex": ("f",), "born": (*decades, "1930")}))
    assert counts(without)[()] is not None
    assert counts(everybody)[()] is None


def test_an_answer_given_again_is_the_same_to_the_last_digit(here):
    study = opened(here)
    first = asked(here, study, Question("residents", ("sex",)))
    second = asked(here, study, Question("residents", ("alone", "sex"), measure="together"))
    Resident.objects.filter(code__startswith="S1952").update(sex="m")
    for question in (first, second):
        assert actions.replay(question.pk, actor=here.actor("auditor"))
    assert Event.objects.filter(kind="analysis.replayed", data__same=True).count() == 2
    first.answer["cells"][0][1] += 1
    first.answer_digest = "0" * 64
    first.save()
    assert not actions.replay(first.pk, actor=here.actor("auditor"))


def test_nobody_approves_their_own_and_staff_without_the_duty_see_nothing(here):
    study = actions.propose_study(
        "研究", "想知道", ["residents"], clock.today() + timedelta(9), actor=here.actor("analyst")
    )
    with pytest.raises(NotAllowed):
        actions.approve_study(study.pk, actor=here.actor("analyst"))
    for who in ("community_worker", "grid_worker", "elder"):
        with pytest.raises(NotFound):
            actions.approve_study(study.pk, actor=here.actor(who))
        with pytest.raises(NotAllowed):
            queries.studies(here.actor(who))
    with transaction.atomic(), pytest.raises(IntegrityError):
        Study.objects.filter(pk=study.pk).update(approved_by=here.accounts["analyst"])


def test_a_question_is_not_answered_before_a_second_person_says_yes(here):
    study = opened(here)
    made = actions.ask(study.pk, Question("residents"), actor=here.actor("analyst"))
    assert queries.table_of(made) is None
    with pytest.raises(NotAllowed):
        actions.approve(made.pk, actor=here.actor("analyst"))
    with pytest.raises(Conflict):
        actions.note_export(made.pk, actor=here.actor("analyst"))
    assert actions.approve(made.pk, actor=here.actor("community_director")).state == "answered"


def test_the_budget_ends_and_never_grows(here):
    study = opened(here)
    columns = ["sex", "born", "grid", "alone", "lift", "floor"]
    wanted = [Question("residents", (one,)) for one in columns]
    wanted += [Question("residents", (one,), measure="together") for one in columns]
    done = 0
    for question in wanted:
        try:
            asked(here, study, question)
        except Conflict as refused:
            assert refused.code == "budget_used"
            break
        done += 1
    assert done == 10
    with transaction.atomic(), pytest.raises(IntegrityError):
        Study.objects.filter(pk=study.pk).update(spent=9)
    with transaction.atomic(), pytest.raises(IntegrityError):
        Study.objects.filter(pk=study.pk).update(spent=-1)


def test_the_same_question_is_asked_once_and_undeclared_ones_never(here):
    study = opened(here)
    asked(here, study, Question("residents", ("sex",)))
    with pytest.raises(Conflict):
        actions.ask(study.pk, Question("residents", ("sex",)), actor=here.actor("analyst"))
    for question in (
        Question("matters"),
        Question("residents", ("phone",)),
        Question("residents", keep={"sex": ("x",)}),
    ):
        with pytest.raises(Invalid):
            actions.ask(study.pk, question, actor=here.actor("analyst"))


def test_when_a_study_ends_its_rows_and_pseudonyms_are_gone_and_its_answers_stay(
    here, django_capture_on_commit_callbacks
):
    study = opened(here)
    question = asked(here, study, Question("residents", ("sex",)))
    path = settings.LINLI_HOME / "studies" / study.snapshot
    assert path.exists()
    with clock.frozen(clock.now() + timedelta(days=31)), django_capture_on_commit_callbacks(execute=True):
        assert actions.end_studies_due() == 1
    study.refresh_from_db()
    assert (study.state, bytes(study.nonce), study.snapshot) == ("ended", b"", "")
    assert not path.exists()
    question.refresh_from_db()
    assert any(count for count in counts(question).values())
    with pytest.raises(Conflict):
        actions.replay(question.pk, actor=here.actor("auditor"))


def test_a_changed_snapshot_is_not_used(here):
    study = opened(here)
    Study.objects.filter(pk=study.pk).update(digest="0" * 64)
    study.refresh_from_db()
    with pytest.raises(ValueError, match="changed"):
        snapshots.read(study)


def test_a_file_says_on_every_line_who_took_it(here):
    question = asked(here, opened(here, title="=1+1"), Question("residents", ("sex",)))
    lines = csv_of(question, actor=here.actor("analyst")).decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert all("analyst 于 2026-03-02 09:00 下载" in line for line in lines[1:])
    assert not any(line.startswith("=") for line in lines)
