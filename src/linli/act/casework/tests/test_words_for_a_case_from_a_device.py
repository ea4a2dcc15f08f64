"""A case that no resident reported speaks of the place; 超期 means the finish limit and nothing else."""

from datetime import timedelta

from linli.act.casework import actions
from linli.act.casework.models import Case, State
from linli.act.casework.queries import case_page, load_case, next_due, today_list
from linli.act.casework.wording import lateness
from linli.foundation import clock
from linli.understand.triage.taxonomy import SILENT_DEVICE


def a_case(world, words="楼道灯坏了"):
    return actions.receive(words, actor=world.actor("resident"), place=None).case


def from_a_device(case: Case) -> Case:
    case.joined.all().delete()
    Case.objects.filter(pk=case.pk).update(category=SILENT_DEVICE, title="")
    return Case.objects.get(pk=case.pk)


def test_nobody_is_called_where_nobody_reported(world):
    with world.scope():
        case = from_a_device(a_case(world))
        director = world.actor("community_director")
        page = case_page(load_case(case.pk, actor=director), director)
        assert "ask_resident" not in {verb.verb for verb in page.verbs}
        labels = [verb.label for verb in page.verbs]
        assert "写现场情况" in labels
        assert not any("居民" in label for label in labels)


def test_a_missed_promise_is_named_and_only_the_finish_limit_is_overdue(world):
    with world.scope():
        case = a_case(world)
        owed = next_due(case)
        assert owed is not None and owed[0] == "accept"
        late = owed[1] + timedelta(minutes=20)
        assert lateness(case, owed, case.opened_at) == ""
        assert lateness(case, owed, late) == "超时 20 分钟没人接"
        assert not Case.objects.overdue(late).exists()
        over = case.finish_by + timedelta(minutes=5)
        assert lateness(case, owed, over) == "超期 5 分钟"
        assert Case.objects.overdue(over).exists()
        contact = ("contact", case.accept_by)
        assert lateness(case, contact, late).endswith("没联系")
        assert lateness(from_a_device(case), contact, late).endswith("没到场")


def test_a_merged_case_is_nobodys_work_of_today(world):
    with world.scope():
        case = a_case(world)
        Case.objects.filter(pk=case.pk).update(state=State.MERGED, closed_at=clock.now())
        assert today_list(world.actor("community_director"), clock.now()).done == 0
        Case.objects.filter(pk=case.pk).update(state=State.EVALUATING, closed_at=None, fed_back_at=clock.now())
        assert today_list(world.actor("community_director"), clock.now()).done == 1
