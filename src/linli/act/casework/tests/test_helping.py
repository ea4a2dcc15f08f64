"""A worker leaves with forty open cases; who has how much; answers to begin from."""

import pytest

from linli.act.casework import actions, queries
from linli.act.casework.actions.helping import hand_over_all, remove_template, write_template
from linli.act.casework.models import Case, State
from linli.act.casework.queries.helping import templates_for, workload
from linli.foundation import clock
from linli.foundation.accounts.models import Account, Grant
from linli.foundation.errors import Invalid, NotAllowed

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def director(world):
    with world.scope():
        yield world.actor("community_director")


def test_forty_cases_of_a_worker_who_leaves_are_shared_evenly_and_none_is_lost(world, director):
    worker = world.actor("grid_worker")
    granted = world.accounts["grid_worker"].grants.get()
    colleague = Account.objects.create_user("second", display_name="第二人", community=world.community)
    Grant.objects.create(
        account=colleague, community=world.community, role=granted.role, grid_id=granted.grid_id,
        starts_at=granted.starts_at, expires_at=granted.expires_at,
    )  # fmt: skip
    for n in range(40):
        case = actions.receive(f"第{n}盏灯坏了", actor=world.actor("resident")).case
        actions.accept(case.pk, actor=director)
        actions.take(case.pk, actor=worker)
    actions.start(case.pk, actor=worker)
    actions.feed_back(case.pk, outcome="fixed", result="好了。", actor=worker)
    with pytest.raises(NotAllowed):
        hand_over_all(worker.account_id, actor=world.actor("community_worker"))
    with pytest.raises(Invalid):
        hand_over_all(worker.account_id, to_id=worker.account_id, actor=director)
    done = hand_over_all(worker.account_id, reason="调走了", actor=director)
    assert done.waiting == 0 and sum(done.to.values()) == 40
    assert max(done.to.values()) - min(done.to.values()) <= 1 and len(done.to) == 2
    assert not Case.objects.filter(handler_id=worker.account_id).exists()
    assert Case.objects.exclude(handler=None).count() == 40
    lines = [e for e in Case.objects.get(pk=case.pk).entries.all() if e.verb == "hand_over"]
    assert len(lines) == 1 and lines[0].text == "调走了" and not lines[0].public
    assert hand_over_all(worker.account_id, actor=director).to == {}


def test_what_finds_nobody_waits_on_the_communitys_list(world, director):
    lead, worker = world.accounts["grid_lead"], world.actor("grid_worker")
    lead.is_active = False
    lead.save()
    case = actions.receive("灯坏了", actor=world.actor("resident")).case
    actions.accept(case.pk, actor=director)
    actions.take(case.pk, actor=worker)
    done = hand_over_all(worker.account_id, actor=director)
    assert (done.waiting, Case.objects.get(pk=case.pk).handler) == (1, None)
    items = [i for group in queries.today_list(director, clock.now()).groups for i in group.items]
    assert [item.case.pk for item in items] == [case.pk]
    loads, nobody = workload(director, clock.now())
    assert nobody == 1 and all(load.open == 0 for load in loads)


def test_the_workload_counts_what_is_open_late_and_urgent(world, director):
    worker = world.actor("grid_worker")
    case = actions.receive("灯坏了", actor=world.actor("resident")).case
    actions.accept(case.pk, actor=director)
    actions.take(case.pk, actor=worker)
    Case.objects.filter(pk=case.pk).update(level="P1", finish_by=clock.now())
    with clock.frozen(clock.now().replace(minute=1)):
        (first, *_rest), _nobody = workload(director, clock.now())
    assert (first.account.pk, first.open, first.late, first.urgent, first.gone) == (worker.account_id, 1, 1, 1, False)
    with pytest.raises(NotAllowed):
        workload(worker, clock.now())


def test_templates_fit_the_kind_the_most_exact_first(world, director):
    case = actions.receive("灯坏了", actor=world.actor("resident")).case
    Case.objects.filter(pk=case.pk).update(category="050300", state=State.IN_PROGRESS)
    case.refresh_from_db()
    for code, words in (("", "都行"), ("050300", "漏水修好了"), ("050000", "设施修好了"), ("070000", "电梯")):
        template = write_template(outcome="fixed", category=code, words=words, actor=director)
    assert [one.words for one in templates_for(case)] == ["漏水修好了", "设施修好了", "都行"]
    remove_template(template.pk, actor=director)
    with pytest.raises(Invalid):
        write_template(outcome="magic", words="x", actor=director)
    with pytest.raises(NotAllowed):
        write_template(outcome="fixed", words="x", actor=world.actor("grid_worker"))
