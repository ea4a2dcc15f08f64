"""The community's own deadlines, petitions and requests for information, against a calendar walked day by day."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.act.casework import actions, queries
from linli.act.casework.actions.deadline_rules import (
    drop_version,
    remove_limit,
    start_version,
    write_limit,
    write_marks,
)
from linli.act.casework.actions.keeping_time import tell_deadlines
from linli.act.casework.deadlines import calendar_missing, rules_of, rules_on
from linli.act.casework.models import Case, DeadlineLimit, DeadlineMark
from linli.act.casework.rules.reckoning import reckon
from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed
from linli.foundation.lifecycle.official_calendar import OFFICIAL
from linli.foundation.lifecycle.working_time import LOCAL, Limit, Unit

moments = st.datetimes(datetime(2025, 12, 1), datetime(2026, 11, 1)).map(lambda at: at.replace(tzinfo=LOCAL))


@given(moments, st.integers(1, 40), st.integers(0, 30))
def test_days_with_an_extension_agree_with_walking_the_calendar(start, days, more):
    """Brute force: one day after another, counting those on which people work, to 24:00 of the last."""
    limit = Limit(days, Unit.WORKING_DAYS)
    extension = Limit(more, Unit.WORKING_DAYS) if more else None
    found = reckon(
        {"accept": limit, "contact": limit, "finish": limit}, opened_at=start, clock_from=start, extension=extension
    )
    day, left = start.date(), days + more
    while left:
        day += timedelta(days=1)
        left -= OFFICIAL.is_workday(day)
    assert found.finish.due_at == datetime.combine(day + timedelta(days=1), time(), LOCAL)
    assert found.contact.due_at <= found.finish.due_at


@given(moments, st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=3))
def test_calendar_days_with_pauses_agree_with_counting_hours(start, spans):
    """Brute force: sixty days are 1,440 hours that lie in no pause."""
    pauses, at = [], start
    for wait, length in spans:
        began = at + timedelta(days=wait)
        at = began + timedelta(days=length)
        pauses.append((began, at))
    limit = Limit(60, Unit.CALENDAR_DAYS)
    due = reckon(
        {"accept": limit, "contact": limit, "finish": limit}, opened_at=start, clock_from=start, pauses=pauses
    ).finish.due_at
    left, moment = 60 * 24, start
    while left:
        moment += timedelta(hours=1)
        left -= not any(began < moment <= ended for began, ended in pauses)
    assert due == moment


@pytest.fixture
def director(world, monday_morning):
    with world.scope():
        yield world.actor("community_director")


def test_an_own_version_holds_from_its_day_and_past_cases_keep_theirs(world, director):
    resident = world.actor("resident")
    old = actions.receive("楼道灯坏了", actor=resident).case
    version = start_version(valid_from=date(2026, 3, 9), why="街道 3 号文", actor=director)
    assert DeadlineLimit.objects.filter(version=version).count() == 18
    write_limit(version.pk, level="P2", step="finish", amount=3, unit="working_days", actor=director)
    write_limit(
        version.pk, category="050000", level="P2", step="finish", amount=48, unit="calendar_hours", actor=director
    )
    assert rules_on(date(2026, 3, 8)).base.version == "2026.1"
    with clock.frozen(clock.now() + timedelta(days=7)):
        new = actions.receive("楼道灯坏了", actor=resident).case
        assert new.rules_version == version.name
        Case.objects.filter(pk=new.pk).update(category="060000", level="P2")
        actions.reclassify(new.pk, category="060000", level="P2", actor=director)
        new.refresh_from_db()
        assert new.finish_by == datetime(2026, 3, 13, tzinfo=LOCAL)
        fixed = actions.reclassify(new.pk, category="050300", level="P2", actor=director)
        assert fixed.finish_by == fixed.clock_from + timedelta(hours=48)
        assert queries.explain_deadline(fixed)[0] == "依据：街道 3 号文。"
        with pytest.raises(Conflict):
            write_limit(version.pk, level="P2", step="finish", amount=1, unit="working_days", actor=director)
        with pytest.raises(Conflict):
            drop_version(version.pk, actor=director)
        old.refresh_from_db()
        assert old.rules_version == "2026.1"
        assert rules_of(old.rules_version).limit("P2", "finish").amount == 5


def test_warnings_and_the_ladder_are_those_of_the_version(world, director):
    version = start_version(valid_from=date(2026, 3, 3), why="试行", actor=director)
    write_limit(version.pk, level="P2", step="finish", amount=100, unit="calendar_hours", actor=director)
    write_marks(version.pk, warn=(30, 60), ladder=(110, 120, 130), actor=director)
    with clock.frozen(clock.now() + timedelta(days=1)):
        case = actions.receive("围墙裂了", actor=world.actor("resident")).case
        Case.objects.filter(pk=case.pk).update(level="P2")
        case = actions.accept(case.pk, actor=director)
    for hours, keys in (
        (29, set()),
        (30, {"warn_30"}),
        (60, {"warn_30", "warn_60"}),
        (119, {"warn_30", "warn_60", "escalate_110"}),
    ):
        with clock.frozen(case.clock_from + timedelta(hours=hours)):
            tell_deadlines()
            told = set(DeadlineMark.objects.filter(case=case, step="finish").values_list("mark", flat=True))
            assert told == keys, hours


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"amount": 0}, Invalid),
        ({"level": "P9"}, Invalid),
        ({"unit": "moons"}, Invalid),
        ({"category": "123456"}, Invalid),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(world, director, change, error):
    version = start_version(valid_from=date(2026, 4, 1), why="试行", actor=director)
    given = {"level": "P2", "step": "finish", "amount": 3, "unit": "working_days"} | change
    with pytest.raises(error):
        write_limit(version.pk, actor=director, **given)
    with pytest.raises(Invalid):
        write_marks(version.pk, warn=(80, 50), ladder=(100, 150, 200), actor=director)
    with pytest.raises(NotAllowed):
        start_version(valid_from=date(2026, 5, 1), why="x", actor=world.actor("community_worker"))
    with pytest.raises(Invalid):
        start_version(valid_from=date(2026, 3, 2), why="x", actor=director)
    extra = write_limit(
        version.pk, category="070000", level="P1", step="contact", amount=1, unit="calendar_hours", actor=director
    )
    remove_limit(extra.pk, actor=director)
    drop_version(version.pk, actor=director)


def test_a_petition_keeps_sixty_days_whatever_anybody_waits_for_and_is_extended_once(world, director):
    case = actions.receive("我要上访反映三次了", actor=world.actor("resident")).case
    case = actions.accept(case.pk, actor=director)
    case = actions.place_under_law(case.pk, law="petition", actor=director)
    sixty = case.clock_from + timedelta(days=60)
    assert case.finish_by == sixty
    asked = actions.ask_resident(case.pk, text="哪几次？", actor=world.actor("grid_worker"))
    assert asked.paused_at is None
    with clock.frozen(clock.now() + timedelta(days=2)):
        answered = actions.answer(case.pk, text="三月", actor=world.actor("resident"))
        assert answered.finish_by == sixty
        assert "信访的时限不停表。" in queries.explain_deadline(answered)
        extended = actions.extend(case.pk, reason="要请上级会审", actor=director)
        assert extended.finish_by == sixty + timedelta(days=30)
        with pytest.raises(Conflict):
            actions.extend(case.pk, reason="再延", actor=director)
    assert queries.explain_deadline(extended)[0] == "依据：信访工作条例。"


def test_a_request_for_information_has_twenty_working_days_and_an_everyday_matter_no_extension(world, director):
    case = actions.receive("申请公开物业用房的文件", actor=world.actor("resident")).case
    with pytest.raises(Conflict):
        Case.objects.filter(pk=case.pk).update(level="P2")
        actions.extend(case.pk, reason="忙", actor=director)
    case = actions.place_under_law(case.pk, law="information", actor=director)
    assert case.finish_by == datetime(2026, 3, 31, tzinfo=LOCAL)
    extended = actions.extend(case.pk, reason="要问第三方", actor=director)
    assert extended.finish_by == datetime(2026, 4, 29, tzinfo=LOCAL)


def test_a_missing_holiday_calendar_is_said_before_the_year_turns():
    assert calendar_missing(date(2026, 3, 2)) is None
    assert calendar_missing(date(2099, 5, 1)) == 2099
    first_unknown = next(day for n in range(4000) if not OFFICIAL.is_known(day := date(2026, 1, 1) + timedelta(days=n)))
    assert calendar_missing(first_unknown - timedelta(days=45)) == (first_unknown + timedelta(days=7)).year
    assert calendar_missing(first_unknown - timedelta(days=46)) is None
