"""A list of residents leaves only with two people's yes, marked, on record, and everybody on it reads so."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from openpyxl import load_workbook

from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from linli.foundation.lifecycle.state_table import Undeclared
from linli.foundation.privacy import purposes
from linli.foundation.privacy.consents.actions import give_consent, withdraw_consent
from linli.foundation.privacy.door import REVEALS_A_DAY, reveal
from linli.foundation.privacy.exports import actions
from linli.foundation.privacy.exports.models import WORKFLOW, Export, Kind, State
from linli.foundation.privacy.exports.queries import Scope, waiting_for
from linli.foundation.privacy.looking import looks_of, told
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.purposes import Words, all_purposes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
REASON = "台风来了，要叫人转移"


@pytest.fixture
def here(world):
    with world.scope():
        yield world


def ask(here, *, by="grid_lead", purpose="emergency", fields=("name", "phone"), reason=REASON, **scope) -> Export:
    return actions.ask(purpose, list(fields), Scope(**scope), reason=reason, actor=here.actor(by))


def approved(here, **asked) -> Export:
    return actions.approve(ask(here, **asked).pk, actor=here.actor("dpo"))


def test_asked_agreed_and_fetched_it_is_a_marked_list_of_what_was_asked(here):
    made = approved(here)
    data, fetched = actions.fetch(made.pk, "xlsx", actor=here.actor("grid_lead"))
    book = load_workbook(io.BytesIO(data))
    rows = [[cell for cell in row if cell is not None] for row in book.active.values]
    assert rows[0] == ["姓名", "电话"]
    people = {here.residents[who] for who in ("elder", "resident", "child")}
    assert {tuple(row) for row in rows[1:-1]} == {
        (one.name, here.phones[who]) for who, one in here.residents.items() if one in people
    }
    mark = rows[-1][0]
    assert made.number in mark and "网格长 grid_lead" in mark and "2026-03-02 09:00" in mark
    assert made.number in book.active.oddFooter.center.text
    assert (fetched.state, fetched.rows, fetched.fetches) == (State.FETCHED, 3, 1)


def test_what_was_asked_too_long_ago_is_not_approved_after_all(here):
    made = ask(here)
    Export.objects.filter(pk=made.pk).update(expires_at=clock.now())
    with pytest.raises(Conflict) as refused:
        actions.approve(made.pk, actor=here.actor("dpo"))
    assert refused.value.code == "export_expired"
    made.refresh_from_db()
    assert made.state == State.ASKED


def test_a_list_for_a_purpose_that_was_removed_keeps_its_name(here, monkeypatch):
    made = approved(here)
    actions.fetch(made.pk, "csv", actor=here.actor("grid_lead"))

    class Charter:
        def ever(self):
            """A community's own purpose, which Linli never shipped."""
            return {"emergency": replace(all_purposes()["emergency"], name=Words("抗台", "Typhoon"))}

    monkeypatch.setattr(purposes, "_charter", [Charter()])
    assert "抗台" in told(looks_of(here.residents["elder"]), here.residents["elder"])[0].sentence


def test_as_csv_the_mark_is_the_last_line(here):
    made = approved(here)
    lines = actions.fetch(made.pk, "csv", actor=here.actor("grid_lead"))[0].decode("utf-8-sig").splitlines()
    assert lines[0] == "姓名,电话" and made.number in lines[-1] and "请勿外传" in lines[-1]


def test_everybody_on_it_reads_one_honest_sentence(here):
    made = approved(here)
    actions.fetch(made.pk, "csv", actor=here.actor("grid_lead"))
    (look,) = told(looks_of(here.residents["elder"]), here.residents["elder"])
    assert look.sentence == ("网格长 grid_lead 3月2日 9:00 把您的姓名、电话存成了文件，为了“救急”，名单上一共 3 人。")
    assert not looks_of(here.residents["neighbour"]).exists(), "of the other grid"


def test_before_it_is_fetched_nothing_has_left(here):
    approved(here)
    assert not AccessRecord.objects.filter(kind="export").exists()


@pytest.mark.parametrize("by", ["community_director", "community_worker"])
def test_nobody_agrees_to_its_own(here, by):
    made = ask(here, by=by)
    with pytest.raises(NotAllowed):
        actions.approve(made.pk, actor=here.actor(by))
    with pytest.raises(Refusal):
        actions.fetch(made.pk, "csv", actor=here.actor(by))
    actions.approve(made.pk, actor=here.actor("dpo"))


def test_the_database_itself_wants_two_people(here):
    made = ask(here, by="community_director")
    account = here.accounts["community_director"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Export.objects.filter(pk=made.pk).update(decided_by=account, state=State.APPROVED)


@pytest.mark.parametrize("who", ["community_worker", "grid_worker", "auditor", "neighbour", "property_company"])
def test_only_the_director_and_the_lead_agree(here, who):
    made = ask(here)
    with pytest.raises((NotAllowed, NotFound)):
        actions.approve(made.pk, actor=here.actor(who))


@pytest.mark.parametrize("who", ["community_director", "dpo", "grid_worker", "auditor"])
def test_only_who_asked_fetches(here, who):
    made = approved(here)
    with pytest.raises((NotAllowed, NotFound)):
        actions.fetch(made.pk, "csv", actor=here.actor(who))


def test_what_is_not_agreed_to_is_not_fetched(here):
    made = ask(here)
    with pytest.raises(Undeclared):
        actions.fetch(made.pk, "csv", actor=here.actor("grid_lead"))
    actions.refuse(made.pk, decision="上门问就行", actor=here.actor("dpo"))
    made.refresh_from_db()
    assert (made.state, made.chosen, made.decision) == (State.REFUSED, [], "上门问就行")
    with pytest.raises(Undeclared):
        actions.fetch(made.pk, "csv", actor=here.actor("grid_lead"))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"purpose": "case_contact"}, "not_for_lists"),
        ({"purpose": "gossip"}, "unknown_purpose"),
        ({"fields": ("name", "identity_number")}, "field_not_for_purpose"),
        ({"fields": ()}, "fields_missing"),
        ({"reason": " 要 "}, "reason_missing"),
        ({"from_age": 119}, "nobody"),
    ],
)
def test_a_request_that_does_not_fit_says_why(here, wrong, code):
    with pytest.raises(Invalid) as refusal:
        ask(here, **wrong)
    assert refusal.value.code == code
    assert not Export.objects.exists()


@pytest.mark.parametrize("who", ["elder", "dpo", "auditor", "wall_display", "property_company", "building_lead"])
def test_who_does_not_work_with_residents_asks_for_no_list(here, who):
    with pytest.raises(NotAllowed):
        ask(here, by=who)


def test_a_role_that_the_purpose_does_not_name_gets_no_list(here):
    with pytest.raises(NotAllowed):
        ask(here, by="grid_lead", purpose="registry_upkeep")
    ask(here, by="community_worker", purpose="registry_upkeep")


def test_a_grids_staff_get_nobody_of_another_grid(here):
    made = ask(here, by="grid_lead")
    assert here.residents["neighbour"].pk not in made.chosen
    with pytest.raises(Invalid):
        ask(here, by="grid_lead", grid=here.grids[1].pk)


def test_the_list_can_be_narrowed(here):
    assert ask(here, living_alone=True).chosen == [here.residents["elder"].pk]
    assert set(ask(here, from_age=60, by="community_worker").chosen) == {
        here.residents["elder"].pk, here.residents["neighbour"].pk,
    }  # fmt: skip


def test_who_takes_consent_back_before_it_is_fetched_is_not_in_it(here):
    director = here.actor("community_director")
    for who in ("elder", "neighbour"):
        consent = give_consent(here.residents[who], "care_round", channel="door", evidence="x", actor=director)
    made = approved(here, by="community_worker", purpose="care_round")
    withdraw_consent(consent, actor=director)
    data, _made = actions.fetch(made.pk, "csv", actor=here.actor("community_worker"))
    assert here.residents["elder"].name in data.decode()
    assert here.residents["neighbour"].name not in data.decode()


def test_who_moved_away_meanwhile_is_not_in_it(here):
    made = approved(here)
    here.residents["elder"].left_on = clock.today()
    here.residents["elder"].save()
    assert here.residents["elder"].name not in actions.fetch(made.pk, "csv", actor=here.actor("grid_lead"))[0].decode()


def test_it_is_fetched_three_times_at_most_and_in_three_days(here, monday_morning):
    made = approved(here)
    for _time in range(actions.FETCHES_AT_MOST):
        actions.fetch(made.pk, "csv", actor=here.actor("grid_lead"))
    with pytest.raises(Conflict):
        actions.fetch(made.pk, "csv", actor=here.actor("grid_lead"))
    late = approved(here)
    with clock.frozen(monday_morning + timedelta(days=3, minutes=1)):
        with pytest.raises(Conflict):
            actions.fetch(late.pk, "csv", actor=here.actor("grid_lead"))
        assert actions.expire() == 2
        late.refresh_from_db()
        made.refresh_from_db()
    assert (late.state, late.chosen) == (State.EXPIRED, [])
    assert (made.state, made.chosen) == (State.FETCHED, []), "whom it named is not kept"


def test_a_list_does_not_use_up_the_looks_of_a_day(here):
    made = approved(here)
    for _time in range(3):
        actions.fetch(made.pk, "csv", actor=here.actor("grid_lead"))
    assert AccessRecord.objects.filter(kind="export").count() > 15
    assert REVEALS_A_DAY >= 15
    with pytest.raises(Invalid):
        reveal(here.residents["elder"], "phone", "emergency", f"export:{made.pk}", actor=here.actor("grid_lead"))


def test_another_communitys_list_is_not_there(here, other_world):
    made = ask(here)
    with other_world.scope(), pytest.raises(NotFound):
        actions.approve(made.pk, actor=other_world.actor("community_director"))


def test_who_may_agree_sees_that_something_waits(here):
    ask(here, by="community_director")
    assert [waiting_for(here.actor(who)) for who in ("dpo", "community_director", "auditor")] == [1, 0, 0]


def test_no_step_happens_that_the_table_does_not_declare(here):
    verbs = {
        "approve": lambda pk: actions.approve(pk, actor=here.actor("dpo")),
        "refuse": lambda pk: actions.refuse(pk, decision="不用", actor=here.actor("dpo")),
        "withdraw": lambda pk: actions.withdraw(pk, actor=here.actor("grid_lead")),
        "fetch": lambda pk: actions.fetch(pk, "csv", actor=here.actor("grid_lead")),
    }
    for state, verb, step in WORKFLOW.steps():
        if verb not in verbs:
            continue
        made = ask(here)
        Export.objects.filter(pk=made.pk).update(state=state)
        if step is None:
            with pytest.raises(Undeclared):
                verbs[verb](made.pk)
        else:
            verbs[verb](made.pk)
            made.refresh_from_db()
            assert made.state == step.target(state)


def test_every_purpose_that_allows_lists_names_fields_and_roles():
    lists = [one for one in all_purposes().values() if "export" in one.about]
    assert lists and [one.key for one in lists if not (one.fields and one.roles)] == []


def test_a_table_with_masked_people_gets_a_number_without_a_second_person(here):
    stamp = actions.note_export(Kind.CASES, 12, actor=here.actor("grid_worker"))
    kept = Export.objects.get(number=stamp.number)
    assert (kept.state, kept.rows, kept.kind) == (State.DONE, 12, Kind.CASES)
