"""Two real processes count together, with an eavesdropper between them, and survive what goes wrong on the way."""

from __future__ import annotations

import json
import socket
import ssl
import threading

import pytest

from linli.cli.tests.joint_parties import Both, Eavesdropper, Party, serving
from linli.foundation.privacy.joint.rules.noise import centre_for
from linli.foundation.privacy.joint.station.book import Book
from linli.foundation.privacy.joint.tests.people import list_file, some

pytestmark = pytest.mark.slow
SURE = 2 * centre_for(0.5)


@pytest.fixture
def both(tmp_path) -> Both:
    return Both.make(tmp_path)


def test_both_learn_the_count_and_each_keeps_a_log_that_is_whole(both):
    ours, theirs = some(300, 1), some(400, 2)
    run = both.agree(ours, theirs)
    with serving(both.station, once=True) as (process, port):
        asked = json.loads(both.community.does("ask", run, "--address", f"127.0.0.1:{port}"))
        answered = json.loads(process.communicate(timeout=30)[0])
    truth = len({*ours} & {*theirs})
    assert abs(answered["counts"][0] - truth) <= SURE
    assert asked["total"] == (answered["counts"][0] if answered["counts"][0] >= 10 else None)
    for party in (both.community, both.station):
        assert "wrong" not in party.does("log", "--check")
        assert party.states == ["done"]
        kinds = [entry["kind"] for entry in party.log]
        assert kinds[:2] == ["proposed", "approved"]
        assert kinds[-1] == "finished"
        written = json.dumps(party.log)
        assert not any(one in written for one in [*ours, *theirs])
    started = next(entry["facts"] for entry in both.station.log if entry["kind"] == "started")
    assert started["their_proposed_by"] == "proposer"
    assert started["their_approved_by"] == "approver"
    assert len(started["their_log"]) == 64


def test_counts_by_age_band_with_sm2_signatures(tmp_path):
    both = Both.make(tmp_path, sm2=True)
    ours = some(300, 3)
    run = both.agree(ours, ours, bands=True)
    with serving(both.station, once=True) as (process, port):
        told = json.loads(both.community.does("ask", run, "--address", f"127.0.0.1:{port}"))
        process.wait(30)
    assert told["bands"][3] is None or abs(told["bands"][3] - 300) <= SURE
    assert told["bands"].count(None) >= 2, "bands in which nobody is are left out"
    assert "wrong" not in both.community.does("log", "--check")
    assert "wrong" not in both.station.does("log", "--check")


def test_on_the_wire_there_is_nothing_but_sizes(both):
    """Encrypted throughout, and two other lists of the same lengths make the same number of bytes each way."""
    totals = []
    for seed in (10, 20):
        ours, theirs = some(150, seed), some(180, seed + 1)
        run = both.agree(ours, theirs)
        with serving(both.station, once=True) as (_process, port):
            ear = Eavesdropper(port)
            both.community.does("ask", run, "--address", f"127.0.0.1:{ear.port}")
        assert not any(one.encode() in ear.wire for one in [*ours, *theirs])
        for word in ("社区", "卫生站", "approver", "Hello", run):
            assert word.encode() not in ear.wire
        totals.append((ear.total("out"), ear.total("in")))
    assert totals[0] == totals[1]


def test_when_one_side_is_killed_the_other_stops_and_knows_it_has_no_result(both):
    run = both.agree(some(3000, 30), some(3000, 31))
    with serving(both.station) as (process, port):
        ear = Eavesdropper(port)
        words = ["ask", run, "--address", f"127.0.0.1:{ear.port}"]
        done: list = []
        asking = threading.Thread(target=lambda: done.append(both.community.tries(*words)))
        asking.start()
        ear.wait_for(20_000)
        process.kill()
        asking.join(60)
    assert done[0].returncode == 1
    assert "broken" in done[0].stderr
    assert not done[0].stdout
    assert both.community.log[-1]["kind"] == "stopped"
    assert "finished" not in [entry["kind"] for entry in both.community.log]
    for party in (both.community, both.station):
        assert "wrong" not in party.does("log", "--check")
    with serving(both.station) as (_process, port):
        assert both.station.settled(["stopped"]) == ["stopped"]
        refused = both.community.tries("ask", run, "--address", f"127.0.0.1:{port}")
        assert "not_approved" in refused.stderr
    assert both.community.states == ["stopped"]


@pytest.mark.parametrize("after", [40, 2_000, 9_000])
def test_a_line_that_is_cut_leaves_nothing_behind_and_the_run_can_be_tried_again(both, after):
    run = both.agree(some(150, 40), some(150, 41))
    with serving(both.station) as (_process, port):
        ear = Eavesdropper(port, cut_after=after)
        cut = both.community.tries("ask", run, "--address", f"127.0.0.1:{ear.port}")
        assert cut.returncode == 1
        assert "broken" in cut.stderr
        assert both.community.states == both.station.settled(["approved"]) == ["approved"]
        assert "total" in both.community.does("ask", run, "--address", f"127.0.0.1:{port}")
        assert both.community.states == both.station.settled(["done"]) == ["done"]


def test_who_is_not_the_partner_gets_no_connection(both, tmp_path):
    run = both.agree(some(150, 50), some(150, 51))
    stranger = Party.make(tmp_path / "stranger", "社区")
    stranger.knows(both.station)
    mine = list_file(stranger.folder / "mine.csv", some(150, 52))
    stranger.does("propose", mine, "--question", "问一问", by="proposer")
    [made] = [line.split()[0] for line in stranger.does("runs").splitlines()]
    stranger.does("approve", made, by="approver")
    with serving(both.station) as (_process, port):
        turned_away = stranger.tries("ask", made, "--address", f"127.0.0.1:{port}")
        assert turned_away.returncode == 1
        with socket.create_connection(("127.0.0.1", port)) as plain, pytest.raises((ssl.SSLError, OSError)):
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with context.wrap_socket(plain) as wrapped:
                wrapped.sendall(b"\0\0\0\1x")
                assert wrapped.recv(1)
        assert both.station.settled(["approved"]) == ["approved"]
        assert "total" in both.community.does("ask", run, "--address", f"127.0.0.1:{port}")


def test_what_was_recorded_cannot_be_played_again(both):
    run = both.agree(some(150, 60), some(150, 61))
    with serving(both.station) as (_process, port):
        ear = Eavesdropper(port)
        both.community.does("ask", run, "--address", f"127.0.0.1:{ear.port}")
        entries = len(both.station.log)
        with socket.create_connection(("127.0.0.1", port)) as again:
            again.settimeout(5)
            again.sendall(b"".join(piece for way, piece in ear.pieces if way == "out"))
            answer = b""
            try:
                while part := again.recv(1 << 16):
                    answer += part
            except OSError:
                pass
        assert len(answer) < 5_000, "a handshake perhaps, never points"
        assert len(both.station.log) == entries
        assert both.station.settled(["done"]) == ["done"]
        assert "this run is done" in both.community.tries("ask", run, "--address", f"127.0.0.1:{port}").stderr


def test_nobody_approves_what_they_proposed(both):
    mine = list_file(both.community.folder / "ours.csv", some(150, 70))
    said = both.community.does("propose", mine, "--question", "多少人", by="proposer")
    run = said.split()[1].rstrip(":")
    assert "somebody else" in both.community.tries("approve", run, by="proposer").stderr
    assert both.community.tries("approve", run, by="nobody").returncode == 1
    assert "this run is proposed" in both.community.tries("ask", run, "--address", "127.0.0.1:1").stderr


def test_a_list_changed_after_approval_is_not_used(both):
    run = both.agree(some(150, 80), some(150, 81))
    list_file(both.station.folder / "theirs.csv", some(151, 82))
    with serving(both.station) as (_process, port):
        asked = both.community.tries("ask", run, "--address", f"127.0.0.1:{port}")
        assert asked.returncode == 1
        assert both.station.settled(["stopped"]) == ["stopped"]


def test_the_same_list_with_one_person_less_is_refused(both):
    ours = some(200, 90)
    run = both.agree(ours, some(200, 91))
    with serving(both.station) as (_process, port):
        both.community.does("ask", run, "--address", f"127.0.0.1:{port}")
        again = both.agree(ours[:-1], some(200, 91))
        refused = both.community.tries("ask", again, "--address", f"127.0.0.1:{port}")
        assert "small_change" in refused.stderr
        assert "stopped" in both.community.states


def test_whoever_was_killed_after_the_last_message_finds_the_run_done(both):
    run = both.agree(some(150, 130), some(150, 131))
    with serving(both.station) as (_process, port):
        both.community.does("ask", run, "--address", f"127.0.0.1:{port}")
        assert both.station.settled(["done"]) == ["done"]
    with Book(both.station.folder) as book:
        told = book.runs()[0].result
        book.move(book.runs()[0].id, "running")
        book.end_interrupted()
        assert (book.runs()[0].state, book.runs()[0].result) == ("done", told)
        assert [entry.kind for entry in book.log()][-1] == "finished"


def test_a_third_run_in_a_quarter_is_refused(both):
    with serving(both.station) as (_process, port):
        for n in range(3):
            run = both.agree(some(200, 100 + n), some(200, 110 + n))
            asked = both.community.tries("ask", run, "--address", f"127.0.0.1:{port}")
            assert (asked.returncode == 0) == (n < 2), asked.stderr
        assert "runs_a_quarter" in asked.stderr
