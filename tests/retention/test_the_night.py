"""One night it is counted and told, the next it is erased: what was announced, and nothing that somebody holds."""

import time
from datetime import timedelta

import pytest

from linli.act.casework import actions as casework
from linli.act.casework.models import Case
from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.dispatching import drain
from linli.foundation.events.models import Event
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.retention import carrying_out, expiring, planning, tasks
from linli.foundation.privacy.retention.carrying_out import carry_on, carry_out
from linli.foundation.privacy.retention.holding_back import lift_hold, place_hold
from linli.foundation.privacy.retention.models import WORKFLOW, Plan, RegisterEntry
from linli.foundation.registry.models import Household, Resident
from linli.sense.requests.models import Request

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.LINLI_HOME = tmp_path
    settings.LINLI_TOMBSTONES = tmp_path / "erased.ndjson"


@pytest.fixture
def looks(world):
    """The elder was looked up five times, two of them over three years ago."""
    with world.scope():
        for days in (1300, 1200, 1050, 900, 3):
            AccessRecord.objects.create(
                resident=world.residents["elder"], account=world.accounts["grid_worker"], reader="专职网格员 x",
                field="phone", purpose="case_contact", at=clock.now() - timedelta(days=days),
            )  # fmt: skip
    return world


def tomorrow(days=1):
    return clock.frozen(clock.now() + timedelta(days=days))


def plan_of(world):
    return planning.make_plan(world.community.pk)


def left(world):
    with world.scope():
        return AccessRecord.objects.count()


def test_the_dry_run_says_how_many_how_old_and_by_which_rule_and_changes_nothing(looks):
    lines = {line.rule: line for line in planning.dry_run(looks.community.pk)}
    found = lines["privacy.AccessRecord"].found
    assert (found.count, lines["privacy.AccessRecord"].then) == (2, "erase")
    assert (clock.now() - found.oldest).days == 1300
    assert (clock.now() - found.newest).days == 1200
    assert left(looks) == 5
    assert not Plan.objects.exists()


def test_nothing_goes_on_the_day_of_the_plan_and_all_of_it_on_the_next(looks):
    plan = plan_of(looks)
    carry_on(seconds=5)
    assert (left(looks), plan.state) == (5, Plan.State.PLANNED)
    with tomorrow():
        carry_on(seconds=5)
        assert left(looks) == 3
    plan.refresh_from_db()
    assert plan.state == Plan.State.DONE
    entry = RegisterEntry.objects.get(what="privacy.AccessRecord")
    assert (entry.count, entry.then, entry.about, len(entry.marks)) == (2, "erase", f"plan:{plan.pk}", 64)
    assert Event.objects.filter(kind="retention.carried_out", data__rows=plan.lines.get().done).exists()


def test_what_falls_due_after_the_plan_waits_for_the_next_one(looks):
    plan_of(looks)
    with looks.scope():
        third = AccessRecord.objects.order_by("at")[2]
        AccessRecord.objects.filter(pk=third.pk).update(at=clock.now() - timedelta(days=1096) + timedelta(hours=5))
    with tomorrow():
        carry_on(seconds=5)
        assert left(looks) == 3


def test_a_second_look_in_the_same_night_makes_no_second_plan(looks):
    assert plan_of(looks) is not None
    assert plan_of(looks) is None
    assert Plan.objects.filter(community=looks.community).count() == 1


def test_the_lead_is_told_the_day_before(looks):
    account = looks.accounts["dpo"]
    account.phone, account.phone_verified = "19900019999", True
    account.save()
    plan = plan_of(looks)
    drain()
    told = Notice.objects.get(about=f"plan:{plan.pk}")
    assert "03-03" in told.text and "2 条" in told.text


def test_a_plan_on_hold_erases_nothing_until_it_is_let_go(looks):
    plan = plan_of(looks)
    lead = looks.actor("dpo")
    with pytest.raises(Invalid):
        planning.hold(plan.pk, " ", actor=lead)
    planning.hold(plan.pk, "先核对一下", actor=lead)
    with tomorrow():
        carry_on(seconds=5)
        assert left(looks) == 5
        planning.release(plan.pk, actor=lead)
        carry_on(seconds=5)
        assert left(looks) == 5, "a night passes between letting go and erasing"
    with tomorrow(2):
        carry_on(seconds=5)
        assert left(looks) == 3


def test_only_the_lead_and_the_director_hold_a_plan_and_only_their_own(looks, other_world):
    plan = plan_of(looks)
    for who in ("community_worker", "grid_worker", "elder"):
        with pytest.raises((NotAllowed, NotFound)):
            planning.hold(plan.pk, "x", actor=looks.actor(who))
    with pytest.raises(NotFound):
        planning.hold(plan.pk, "x", actor=other_world.actor("dpo"))
    with pytest.raises(NotAllowed):
        planning.hold(plan.pk, "x", actor=looks.actor("auditor"))
    planning.hold(plan.pk, "x", version=0, actor=looks.actor("community_director"))
    with pytest.raises(Conflict):
        planning.release(plan.pk, version=0, actor=looks.actor("dpo"))


def test_a_hold_on_a_rule_keeps_its_rows_and_the_plan_says_so(looks):
    with looks.scope():
        hold = place_hold(rule="privacy.AccessRecord", reason="审计在查", actor=looks.actor("dpo"))
    plan = plan_of(looks)
    assert plan.lines.get(rule="privacy.AccessRecord").held
    with tomorrow():
        carry_on(seconds=5)
        assert left(looks) == 5
        with looks.scope():
            lift_hold(hold.pk, reason="查完了", actor=looks.actor("dpo"))
        plan_of(looks)
    with tomorrow(2):
        carry_on(seconds=5)
        assert left(looks) == 3


def test_a_hold_placed_between_the_plan_and_the_night_still_holds(looks):
    plan_of(looks)
    with looks.scope():
        place_hold(resident=looks.residents["elder"], reason="诉讼", actor=looks.actor("dpo"))
    with tomorrow():
        carry_on(seconds=5)
    assert left(looks) == 5


def test_stopped_in_the_middle_it_goes_on_where_it_was(looks, monkeypatch):
    monkeypatch.setattr(expiring, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(carrying_out, "BREATH", 0.2)
    plan = plan_of(looks)
    with tomorrow():
        assert not carry_out(plan, until=time.monotonic() - 1)
        assert left(looks) == 5
        assert not carry_out(plan, until=time.monotonic() + 0.1)
        assert left(looks) == 4
        assert carry_out(plan)
        assert left(looks) == 3
    assert RegisterEntry.objects.get(what="privacy.AccessRecord").count == 2


def test_a_matter_keeps_its_figures_when_its_words_go(world):
    with world.scope():
        case = casework.receive("楼道灯不亮", actor=world.actor("elder")).case
        director, worker = world.actor("community_director"), world.actor("grid_worker")
        casework.accept(case.pk, actor=director)
        casework.take(case.pk, actor=worker)
        casework.start(case.pk, actor=worker)
        casework.feed_back(case.pk, outcome="fixed", result="换了灯。", actor=worker)
        casework.rate(case.pk, solved=True, satisfaction=5, reason="谢谢", actor=world.actor("elder"))
    for years, contact, words in ((3.1, False, True), (5.1, False, False)):
        with clock.frozen(clock.now() + timedelta(days=365.25 * years)):
            plan_of(world)
            with tomorrow():
                carry_on(seconds=10)
            with world.scope():
                said = Request.objects.get()
                assert (said.speaker is not None, said.words != "") == (contact, words)
    with world.scope():
        ended = Case.objects.get()
        assert (ended.title, ended.result, ended.outcome) == ("", "", "fixed")
        assert ended.ratings.get().satisfaction == 5


def test_who_moved_away_three_years_ago_is_erased_as_a_whole(world):
    with world.scope():
        gone = world.residents["neighbour"]
        gone.left_on = clock.today() - timedelta(days=1200)
        gone.save()
    plan_of(world)
    with tomorrow():
        carry_on(seconds=10)
    with world.scope():
        assert not Resident.objects.filter(pk=gone.pk).exists()
        assert not Household.objects.filter(members=None).exists()
    assert RegisterEntry.objects.filter(what="registry.Resident", rule="registry.Resident").exists()


def test_the_ticks_plan_at_three_and_carry_out_the_next_night(looks):
    midnight = clock.now().replace(hour=16) - timedelta(days=1)
    with clock.frozen(midnight):
        tasks.plan_the_night()
        assert not Plan.objects.exists(), "before three o'clock it is still the day before"
    with clock.frozen(midnight + timedelta(hours=4)):
        tasks.plan_the_night()
        tasks.carry_on()
        assert Plan.objects.filter(community=looks.community).exists()
    with clock.frozen(midnight + timedelta(hours=28)):
        tasks.carry_on()
    assert left(looks) == 3


def test_the_table_of_states_is_whole():
    assert WORKFLOW.reachable() == set(Plan.State.values)
    assert WORKFLOW.final() == {Plan.State.DONE}
