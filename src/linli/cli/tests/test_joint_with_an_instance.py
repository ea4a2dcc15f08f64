"""The community's instance and a health station's own process count together."""

from __future__ import annotations

import socket
import subprocess
import sys
from datetime import date, timedelta

import pytest

from linli.cli.tests.joint_parties import Party, environment, serving
from linli.foundation import clock
from linli.foundation.clock.reading import forget_line
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.joint import actions, carrying, journal, queries
from linli.foundation.privacy.joint import serving as answering
from linli.foundation.privacy.joint.invitation import invitation
from linli.foundation.privacy.joint.keys import Card
from linli.foundation.privacy.joint.models import JointLogEntry, JointPartner, JointRun
from linli.foundation.privacy.joint.rules.noise import centre_for
from linli.foundation.privacy.joint.tests.people import list_file, number
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.rights.models import Suspension
from linli.foundation.registry.models import Resident

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SURE = 2 * centre_for(0.5)
ELDERS = 140


@pytest.fixture
def here(world, monday_morning, settings):
    """A community of 140 elders with identity numbers, a child, and one who objected; its stations are on this machine."""
    settings.LINLI_PRIVATE_HOSTS = frozenset({"127.0.0.1"})
    with world.scope():
        born = [date(1941, 1, 1) + timedelta(days=n) for n in range(ELDERS)]
        Resident.objects.bulk_create(
            Resident(
                community=world.community, code=f"J{n}", name=f"孟{n}", sex="f", birth_date=day,
                identity_number=number(day, 2), home=world.homes[0],
            )
            for n, day in enumerate(born)
        )  # fmt: skip
        yield world


@pytest.fixture
def station(here, tmp_path) -> Party:
    """A health station that holds the first hundred elders and sixty other people."""
    party = Party.make(tmp_path / "station", "枫杨里卫生站")
    (party.folder / "community.json").write_text(journal.own_keys().card.as_text())
    party.does("partner", party.folder / "community.json", "--yes")
    theirs = [number(date(1941, 1, 1) + timedelta(days=n), 2) for n in range(100)]
    theirs += [number(date(1941, 1, 1) + timedelta(days=n), 5) for n in range(60)]
    list_file(party.folder / "theirs.csv", theirs)
    return party


def partner(here, station: Party, address: str = "") -> JointPartner:
    added = actions.add_partner(
        (station.folder / "card.json").read_text(), address, actor=here.actor("community_director")
    )
    return actions.confirm_partner(added.pk, actor=here.actor("dpo"))


def agreed(here, station: Party, known: JointPartner, *, banded: bool = False) -> JointRun:
    run = actions.propose(
        known.pk, "65 岁以上多少人建了档案", "65", banded=banded, actor=here.actor("community_worker")
    )
    paper = station.folder / f"{run.pk}.invitation.json"
    paper.write_text(invitation(actions.terms_of(run), journal.own_keys()))
    said = station.does("accept", paper, station.folder / "theirs.csv", by="proposer")
    station.does("approve", said.split()[1], by="approver")
    return actions.approve(run.pk, actor=here.actor("community_director"))


def test_the_community_calls_the_station_and_both_hold_the_same_number(here, station):
    objector = Resident.objects.get(code="J0")
    Suspension.objects.create(resident=objector, purpose="joint_statistics", since=clock.now())
    with serving(station, once=True) as (process, port):
        run = agreed(here, station, partner(here, station, f"127.0.0.1:{port}"))
        assert carrying.call(run.pk)
        process.wait(30)
    run.refresh_from_db()
    told = queries.told(run)
    assert run.state == "done"
    assert abs(run.counts[0] - 99) <= SURE
    assert told is not None
    assert str(told.total) in told.sentence
    assert station.states == ["done"]
    assert [run.counts] == [entry["facts"]["counts"] for entry in station.log if entry["kind"] == "finished"]
    assert journal.fault() is None
    read = AccessRecord.objects.filter(about=f"joint:{run.pk}")
    assert read.count() == ELDERS - 1
    assert set(read.values_list("kind", "field", "purpose")) == {("machine", "identity_number", "joint_statistics")}
    assert not read.filter(resident=objector).exists()
    assert not read.filter(resident=here.residents["child"]).exists()
    written = str(list(JointLogEntry.objects.values_list("facts", flat=True)))
    assert not any(number(date(1941, 1, 1) + timedelta(days=n), 2) in written for n in range(ELDERS))


def test_a_station_behind_a_firewall_calls_the_community(here, station):
    run = agreed(here, station, partner(here, station))
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-m", "linli.cli.main", "joint", "ask", run.run[:8], "--folder", str(station.folder)]
        calling = subprocess.Popen(
            [*command, "--address", f"127.0.0.1:{server.getsockname()[1]}"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
        )  # fmt: skip
        assert answering.take_call(server.accept()[0], lambda words: None)
        assert calling.wait(60) == 0, calling.communicate()[1]
        calling.communicate()
    run.refresh_from_db()
    assert run.state == "done"
    assert station.states == ["done"]


def test_by_age_only_those_are_counted_who_agreed_to_that(here, station):
    known = partner(here, station)
    with pytest.raises(Invalid, match="至少"):
        actions.propose(known.pk, "多少人", "65", banded=True, actor=here.actor("community_worker"))
    for resident in Resident.objects.filter(code__startswith="J")[:120]:
        give_consent(
            resident, "joint_age_bands", channel="door", evidence="paper", actor=here.actor("community_director")
        )
    with serving(station, once=True) as (process, port):
        JointPartner.objects.update(address=f"127.0.0.1:{port}")
        run = agreed(here, station, known, banded=True)
        assert carrying.call(run.pk)
        process.wait(30)
    run.refresh_from_db()
    told = queries.told(run)
    assert told is not None
    shown = {label: count for label, count, _share in told.bands}
    assert shown["80–89 岁"] is None or abs(shown["80–89 岁"] - 100) <= SURE
    assert list(shown.values()).count(None) >= 2
    assert AccessRecord.objects.filter(about=f"joint:{run.pk}", purpose="joint_age_bands").count() == 120


def test_two_people_here_agree_and_the_proposer_is_not_the_second(here, station):
    card = (station.folder / "card.json").read_text()
    added = actions.add_partner(card, "", actor=here.actor("community_director"))
    with pytest.raises(NotAllowed):
        actions.confirm_partner(added.pk, actor=here.actor("community_director"))
    with pytest.raises(Conflict):
        actions.propose(added.pk, "多少人", "65", actor=here.actor("community_director"))
    actions.confirm_partner(added.pk, actor=here.actor("dpo"))
    run = actions.propose(added.pk, "多少人", "65", actor=here.actor("community_director"))
    for who in ("community_director", "community_worker", "grid_worker", "auditor"):
        with pytest.raises((NotAllowed, NotFound)):
            actions.approve(run.pk, actor=here.actor(who))
    assert actions.approve(run.pk, actor=here.actor("dpo")).state == "approved"


def test_a_run_that_nobody_approved_here_is_not_answered(here, station):
    run = actions.propose(partner(here, station).pk, "多少人", "65", actor=here.actor("community_worker"))
    paper = station.folder / "early.invitation.json"
    paper.write_text(invitation(actions.terms_of(run), journal.own_keys()))
    station.does("accept", paper, station.folder / "theirs.csv", by="proposer")
    station.does("approve", run.run[:8], by="approver")
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-m", "linli.cli.main", "joint", "ask", run.run[:8], "--folder", str(station.folder)]
        calling = subprocess.Popen(
            [*command, "--address", f"127.0.0.1:{server.getsockname()[1]}"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
        )  # fmt: skip
        assert not answering.take_call(server.accept()[0], lambda words: None)
        assert "not_approved" in calling.communicate(timeout=60)[1]
    assert not AccessRecord.objects.filter(purpose="joint_statistics").exists()


def test_whoever_is_away_is_called_again_and_after_two_weeks_no_more(here, station):
    run = agreed(here, station, partner(here, station, "127.0.0.1:9"))
    assert not carrying.call(run.pk)
    run.refresh_from_db()
    assert run.state == "approved"
    with clock.frozen(clock.now() + timedelta(days=15)):
        assert carrying.end_left_behind() == 1
    run.refresh_from_db()
    assert (run.state, run.code) == ("stopped", "no_answer")


def test_a_run_that_finished_and_was_killed_before_its_last_step_is_done(here, station):
    run = agreed(here, station, partner(here, station))
    JointRun.objects.filter(pk=run.pk).update(state="running", started_at=clock.now() - timedelta(hours=2))
    journal.note(run.run, "finished", {"counts": [97]})
    assert carrying.end_left_behind() == 1
    run.refresh_from_db()
    assert (run.state, run.counts, run.code) == ("done", [97], "")


def test_a_fast_clock_does_not_give_up_a_run_that_is_going_on(here, station, settings):
    """At 600 × an hour of the demo is six seconds of the process that counts."""
    run = agreed(here, station, partner(here, station))
    settings.LINLI_SIMULATED_CLOCK = True
    forget_line()
    try:
        clock.start_at(clock.real_now(), speed=600)
        JointRun.objects.filter(pk=run.pk).update(state="running", started_at=clock.now() - timedelta(hours=5))
        assert carrying.end_left_behind() == 0
        clock.run_at(1)
        assert carrying.end_left_behind() == 1
    finally:
        forget_line()
    run.refresh_from_db()
    assert (run.state, run.code) == ("stopped", "killed")


def test_two_runs_at_once_do_not_spend_what_is_left_for_one(here, station):
    """Both were within the limits when they began; the second is stopped before anything of ours leaves."""
    known = partner(here, station)
    JointRun.objects.create(
        run="e" * 32, partner=known, question="以前", people="65", on=clock.today(), epsilon=0.5,
        proposed_at=clock.now(), state="done", spent_at=clock.now() - timedelta(days=10),
    )  # fmt: skip
    first, second = (
        actions.approve(
            actions.propose(known.pk, "多少人", "65", actor=here.actor("community_worker")).pk, actor=here.actor("dpo")
        )
        for _n in range(2)
    )
    peer, spent = Card.from_text(known.card), []
    sides = [carrying._side(run, journal.own_keys(), peer, spent) for run in (first, second)]
    sides[0].spend()
    with pytest.raises(Conflict) as refused:
        sides[1].spend()
    assert refused.value.code == "runs_a_quarter"
    second.refresh_from_db()
    assert second.spent_at is None and len(spent) == 1


@pytest.mark.parametrize("address", ["127.0.0.1:5432", "10.0.0.5:443", "[::1]:443", "169.254.169.254:80"])
def test_nobody_types_in_an_address_of_our_own_network(here, station, settings, address):
    settings.LINLI_PRIVATE_HOSTS = frozenset({"169.254.169.254"})
    with pytest.raises(Invalid) as refused:
        partner(here, station, address)
    assert refused.value.code == "address_not_allowed"


def test_a_name_that_leads_into_our_own_network_is_not_called(here, station, settings):
    with socket.create_server(("127.0.0.1", 0)) as server:
        run = agreed(here, station, partner(here, station, f"localhost:{server.getsockname()[1]}"))
        assert not carrying.call(run.pk)
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()


def test_limits_hold_before_anybody_is_asked(here, station):
    known = partner(here, station)
    now = clock.now()
    for n in range(2):
        JointRun.objects.create(
            run=f"{n:032x}", partner=known, question="以前", people="65", on=clock.today(), epsilon=0.5,
            proposed_at=now, state="done", spent_at=now - timedelta(days=10 + n),
        )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        actions.propose(known.pk, "再数一次", "65", actor=here.actor("community_worker"))
    assert refused.value.code == "runs_a_quarter"


def test_a_list_that_lost_three_people_since_last_time_is_refused(here, station):
    known = partner(here, station)
    earlier = JointRun.objects.create(
        run="f" * 32, partner=known, question="上次", people="65", on=clock.today(), epsilon=0.5,
        proposed_at=clock.now(), state="done", spent_at=clock.now() - timedelta(days=100),
    )  # fmt: skip
    AccessRecord.objects.bulk_create(
        AccessRecord(
            community=here.community, resident=one, reader="系统", kind="machine", field="identity_number",
            purpose="joint_statistics", about=f"joint:{earlier.pk}", at=clock.now(),
        )
        for one in Resident.objects.filter(code__startswith="J")
    )  # fmt: skip
    Resident.objects.filter(code__in=["J1", "J2", "J3"]).update(left_on=clock.today())
    with pytest.raises(Conflict) as refused:
        actions.propose(known.pk, "再数一次", "65", actor=here.actor("community_worker"))
    assert refused.value.code == "small_change"


def test_a_changed_or_missing_entry_of_the_log_is_found(here, station):
    partner(here, station)
    assert journal.fault() is None
    JointLogEntry.objects.filter(number=1).update(facts={"fingerprint": "0", "by": "account:1"})
    assert journal.fault() == 1
    JointLogEntry.objects.filter(number=1).delete()
    assert journal.fault() == 1
