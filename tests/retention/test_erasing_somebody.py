"""Somebody asks to be erased: everything about them goes or loses their trace, and what must stay says why."""

import pytest

from linli.act.casework import actions as casework
from linli.act.casework.models import Case, CaseEntry, CaseWords, Rating
from linli.act.casework.queries import search
from linli.act.casework.rules.finding import tokens
from linli.foundation.accounts.models import Account, ProxyAuthority
from linli.foundation.errors import Conflict, NotAllowed
from linli.foundation.events import audit
from linli.foundation.events.dispatching import drain
from linli.foundation.events.models import Event
from linli.foundation.files.store import path_of
from linli.foundation.notices.actions import deliver_due
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.retention import finishing, register
from linli.foundation.privacy.retention.erasing import erase_resident
from linli.foundation.privacy.retention.holding_back import lift_hold, place_hold
from linli.foundation.privacy.retention.models import Erasure, RegisterEntry
from linli.foundation.privacy.retention.scanning import Texts, scan_home, scan_rows
from linli.foundation.privacy.rights import actions as rights
from linli.foundation.privacy.rights.models import RightsRequest, State
from linli.foundation.registry.models import Household, Owner, Resident
from linli.sense.requests.models import Request
from linli.understand.triage.models import Reading
from tests.retention.living import LAMP, live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def home(settings, tmp_path):
    settings.LINLI_HOME = tmp_path
    settings.LINLI_TOMBSTONES = tmp_path / "erased.ndjson"
    settings.LINLI_SMS = "outbox"
    return tmp_path


@pytest.fixture
def life(world, home):
    return live(world, actions=casework)


def erase(world, life):
    with world.scope():
        rights.erase(life.deletion, "都删掉了。", actor=world.actor("dpo"))


def finish():
    drain()
    deliver_due()
    return finishing.finish_all()


def where(traces):
    return sorted({trace.where for trace in scan_rows(Texts(traces))})


def test_before_the_traces_are_where_one_expects_them(life, home):
    """The scan sees what is there: without this the next test could not fail."""
    found = where(life.traces)
    for place in (
        "registry.Resident.name", "registry.Resident.phone", "registry.Resident.identity_number",
        "registry.Resident.health_note", "requests.Request.words", "casework.Case.title", "casework.CaseEntry.text",
        "casework.CaseEntry.by_label", "casework.Rating.reason", "notices.Notice.text", "notices.Notice.to",
        "accounts.Account.display_name", "privacy.Consent.evidence", "rights.RightsRequest.words",
        "accounts.BrowserSession.session_data", "files.Attachment.sha256",
    ):  # fmt: skip
        assert place in found, place
    files = {trace.where for trace in scan_home(home, Texts(life.traces))}
    assert "phones/outbox.ndjson" in files


def test_after_nothing_is_found_in_any_table_or_file(world, life, home):
    erase(world, life)
    assert finish() == 1
    assert where(life.traces) == []
    assert list(scan_home(home, Texts(life.traces))) == []
    assert not path_of(life.photos[0]).exists()
    assert not list((home / "copies").rglob("*.sealed"))


def findable(traces) -> set[str]:
    """Those texts that stand in the index of some case's words, cut as it cuts them."""
    held = "\n".join(" ".join(row) for row in CaseWords._base_manager.values_list("title", "said", "shown", "inside"))
    cut = {text: " ".join(tokens(text)) for text in traces}
    return {text for text, pairs in cut.items() if len(pairs) > 2 and pairs in held}


def test_nothing_of_them_can_be_searched_for_and_what_others_said_still_can(world, life, home):
    director = world.actor("community_director")
    with world.scope():
        assert len(findable(life.traces)) >= 3
        assert any(search(text, actor=director) for text in findable(life.traces))
    erase(world, life)
    assert finish() == 1
    with world.scope():
        assert findable(life.traces) == set()
        assert not any(search(text, actor=director) for text in life.traces if tokens(text))
        assert life.shared in [case.pk for case in search(LAMP[:4], actor=director)]


def test_the_person_is_told_before_the_telephone_is_forgotten(world, life, home):
    erase(world, life)
    told = Notice.objects.filter(key=f"rights:{life.deletion}:ended")
    assert told.get().state == Notice.State.QUEUED
    assert finishing.finish_all() == 0, "it waits for the message to leave"
    assert finish() == 1
    assert not told.exists()


def test_a_case_of_their_own_stays_for_the_figures_and_a_shared_one_for_the_others(world, life):
    erase(world, life)
    with world.scope():
        alone, shared = Case.objects.get(pk=life.alone), Case.objects.get(pk=life.shared)
        assert (alone.title, alone.result, alone.home, alone.building) == ("", "", None, None)
        assert (alone.grid, alone.category != "", alone.outcome) == (world.grids[0], True, "fixed")
        assert not CaseEntry.objects.filter(case=alone).exclude(text="").exists()
        assert shared.title == LAMP
        words = sorted(Request.objects.filter(joined__case=shared).values_list("words", flat=True))
        assert words == ["", LAMP]
        note = CaseEntry.objects.get(case=shared, verb="note")
        assert note.text == "○○○家也去看过了，电话 ○○○ 打过"
        assert Rating.objects.filter(request__speaker=None).count() == 2


def test_what_the_machine_read_in_their_words_is_left_without_them(world, life):
    drain()
    with world.scope():
        mine = Reading.objects.filter(request__speaker=world.residents["elder"])
        assert mine.exclude(evidence=[]).exists()
        read = dict(mine.values_list("pk", "category"))
    erase(world, life)
    with world.scope():
        assert dict(Reading.objects.filter(pk__in=read).values_list("pk", "category")) == read
        assert not Reading.objects.filter(pk__in=read).exclude(evidence=[]).exists()


def test_what_is_left_of_the_request_says_that_it_was_done_and_nothing_else(world, life):
    erase(world, life)
    with world.scope():
        request = RightsRequest.objects.get(pk=life.deletion)
        assert (request.state, request.resident, request.words, request.answer) == (State.DONE, None, "", "")
        assert request.number


def test_the_audit_log_keeps_digests_and_stays_sound(world, life):
    elder, account = world.residents["elder"].pk, world.accounts["elder"].pk
    drain()
    size = audit.verify().size
    erase(world, life)
    finish()
    drain()
    assert not Event.objects.filter(subject=f"resident:{elder}").exists()
    assert not Event.objects.filter(actor=f"account:{account}").exists()
    assert not Event.objects.filter(data__resident=elder).exists()
    report = audit.verify()
    assert report.sound, report.findings
    assert report.size > size
    Event.objects.filter(kind="requests.filed").first().delete()
    assert not audit.verify().sound, "an event that no erasure took is still missed"


def test_the_register_says_what_went_without_saying_whose(world, life):
    erase(world, life)
    finish()
    with world.scope():
        entries = {(entry.what, entry.then): entry.count for entry in RegisterEntry.objects.all()}
        erasure = Erasure.objects.get()
    assert entries["registry.Resident", "erase"] == 1
    assert entries["requests.Request", "deidentify"] == 2
    assert erasure.work == {} and erasure.ended_at and len(erasure.places) > 15
    assert register.first_broken() is None
    middle = RegisterEntry.objects.order_by("pk")[2]
    RegisterEntry.objects.filter(pk=middle.pk).update(count=middle.count + 1)
    assert register.first_broken() == middle.pk


def test_others_keep_what_is_theirs(world, other_world, life):
    before = {who: one.pk for who, one in world.residents.items() if who != "elder"}
    erase(world, life)
    finish()
    with world.scope():
        assert dict(Resident.objects.values_list("pk", "code")).keys() == set(before.values())
        assert Household.objects.count() == 3
        assert not ProxyAuthority.objects.filter(principal__community=world.community).exists()
        assert Account.objects.filter(pk=world.accounts["family_proxy"].pk).exists()
    with other_world.scope():
        assert Resident.objects.filter(name="孟广田").count() == 1


def test_an_open_case_stands_in_the_way_and_is_named(world, life):
    with world.scope():
        case = casework.receive("厨房下水道堵了", actor=world.actor("elder")).case
        with pytest.raises(Conflict, match=case.number) as refused:
            rights.erase(life.deletion, actor=world.actor("dpo"))
        assert (refused.value.code, refused.value.details["reasons"]) == ("must_be_kept", ["case_open"])
        assert RightsRequest.objects.get(pk=life.deletion).state == State.IN_HAND
        assert Resident.objects.filter(pk=world.residents["elder"].pk).exists()


def test_a_hold_stands_in_the_way_until_it_is_lifted(world, life):
    with world.scope():
        hold = place_hold(resident=world.residents["elder"], reason="派出所在查", actor=world.actor("dpo"))
        with pytest.raises(Conflict, match="暂停删除"):
            rights.erase(life.deletion, actor=world.actor("dpo"))
        lift_hold(hold.pk, reason="查完了", actor=world.actor("dpo"))
    erase(world, life)
    with world.scope():
        assert not Resident.objects.filter(name="孟广田").exists()


def test_an_owner_stays_in_the_list_of_owners(world, life):
    with world.scope():
        party = Owner.objects.create(code="O1", name="孟广田", resident=world.residents["elder"])
        party.homes.add(world.homes[0])
        with pytest.raises(Conflict) as refused:
            rights.erase(life.deletion, actor=world.actor("dpo"))
        assert refused.value.details["reasons"] == ["owner"]
        party.homes.clear()
    erase(world, life)
    finish()
    assert where(["孟广田"]) == []


def test_who_works_here_is_not_erased_while_they_do(world, home):
    with world.scope():
        account = world.accounts["grid_worker"]
        account.resident = world.residents["newcomer"]
        account.save()
        with pytest.raises(Conflict) as refused:
            erase_resident(
                world.residents["newcomer"], reason="rights", about="rights:0", actor=world.actor("community_director")
            )
    assert refused.value.details["reasons"] == ["works_here"]


def test_nobody_but_the_lead_and_the_director_may(world, home):
    with world.scope():
        for who in ("community_worker", "grid_lead", "auditor", "elder"):
            with pytest.raises(NotAllowed):
                erase_resident(world.residents["newcomer"], reason="rights", about="rights:0", actor=world.actor(who))


def test_a_namesake_keeps_the_name_in_what_people_wrote(world, life):
    with world.scope():
        other = world.residents["newcomer"]
        other.name = "孟广田"
        other.save()
    erase(world, life)
    with world.scope():
        note = CaseEntry.objects.get(case=life.shared, verb="note")
        assert note.text == "孟广田家也去看过了，电话 ○○○ 打过"
        assert Resident.objects.get(name="孟广田") == other
