"""A copy of everything: built in the background, opened by the person after a code, printed by staff after a paper."""

import csv
import io
import json
import os
import zipfile
from datetime import timedelta

import pytest
from django.core.cache import cache

from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.privacy.looking import looks_of, told
from linli.foundation.privacy.rights.actions import (
    ask,
    ask_for,
    build,
    check_identity,
    expire_copies,
    hand_out,
    withdraw,
)
from linli.foundation.privacy.rights.actions.asking import Asked
from linli.foundation.privacy.rights.models import CopyState, DataCopy, State
from linli.foundation.privacy.rights.packing import page_in
from linli.foundation.privacy.rights.store import COPIES
from linli.foundation.vault.resealing import current_prefix

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

ELDERS_PHONE = "19900010000"


@pytest.fixture
def made(world):
    """The elder's copy, ready."""
    cache.clear()
    with world.scope():
        request = ask(world.residents["elder"], Asked("copy"), actor=world.actor("elder"))
        build(request.copy.pk)
        request.refresh_from_db()
        request.copy.refresh_from_db()
    return request


def test_it_is_ready_within_one_turn_of_the_worker_and_the_request_is_done(made):
    assert (made.state, made.copy.state, made.copy.percent) == (State.DONE, CopyState.READY, 100)
    assert made.copy.expires_at - clock.now() == timedelta(days=7)


def test_the_file_has_a_page_for_people_and_tables_for_machines(world, made):
    with world.scope():
        data = hand_out(made.pk, "file", identity_shown=True, actor=world.actor("elder"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.read("my-information.pdf")[:5] == b"%PDF-"
        told = json.loads(archive.read("my-information.json"))
        rows = list(csv.DictReader(io.StringIO(archive.read("csv/registry.csv").decode("utf-8-sig"))))
    by_key = {one["key"]: one for one in told["held"]}
    assert by_key["registry"]["rows"][0]["name"] == "孟广田"
    assert by_key["registry"]["rows"][0]["phone"] == rows[0]["phone"] == ELDERS_PHONE
    assert by_key["proxies"]["rows"][0]["proxy"] == "family_proxy"
    assert all(one["kept"] and one["sources"] for one in told["held"])


def test_nobody_elses_name_is_in_it_whole(world):
    """The child of the household is told by the first letter; a neighbour not at all."""
    with world.scope():
        request = ask(world.residents["resident"], Asked("copy"), actor=world.actor("resident"))
        build(request.copy.pk)
        data = hand_out(request.pk, "file", identity_shown=True, actor=world.actor("resident"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        told = archive.read("my-information.json").decode()
    assert "方小满" not in told and "欧阳" not in told and "方晓" in told


def test_it_lies_sealed_and_under_a_name_that_says_nothing(made):
    lying = COPIES.path_of(made.copy.name).read_bytes()
    assert b"PK" not in lying[:64] and "孟广田".encode() not in lying
    assert made.number not in made.copy.name
    assert page_in(COPIES.read(made.copy.name))[:5] == b"%PDF-"


def test_without_a_fresh_code_it_is_not_given_and_each_giving_is_on_record(world, made):
    elder = world.actor("elder")
    with world.scope():
        with pytest.raises(Invalid) as refused:
            hand_out(made.pk, "read", actor=elder)
        assert refused.value.code == "identity_not_shown"
        assert not made.copy.handouts.exists()
        hand_out(made.pk, "read", identity_shown=True, actor=elder)
        hand_out(made.pk, "file", identity_shown=True, actor=elder)
        assert [one.how for one in made.copy.handouts.all()] == ["read", "file"]


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("neighbour", NotFound), ("family_proxy", NotFound), ("grid_worker", NotFound), ("dpo", NotAllowed)],
)
def test_nobody_else_opens_it(world, made, who, refusal):
    with world.scope(), pytest.raises(refusal):
        hand_out(made.pk, "file", identity_shown=True, actor=world.actor(who))


def test_staff_print_it_only_once_the_paper_was_seen(world):
    worker = world.actor("grid_worker")
    with world.scope():
        request = ask_for(world.residents["elder"], Asked("copy"), channel="desk", evidence="身份证", actor=worker)
        build(request.copy.pk)
        with pytest.raises(Invalid):
            hand_out(request.pk, "print", actor=worker)
        check_identity(request.pk, "身份证", actor=worker)
        assert hand_out(request.pk, "print", actor=worker)[:5] == b"%PDF-"
        assert request.copy.handouts.get().how == "print"
        elder = world.residents["elder"]
        (look,) = told(looks_of(elder), elder)
        assert look.sentence.endswith(f"看了您的那份信息，为了办您的要求 {request.number}。")


def test_after_seven_days_it_is_gone_from_the_disk_too(world, made):
    path = COPIES.path_of(made.copy.name)
    with world.scope(), clock.frozen(clock.now() + timedelta(days=7)):
        with pytest.raises(Invalid) as refused:
            hand_out(made.pk, "file", identity_shown=True, actor=world.actor("elder"))
        assert refused.value.code == "copy_gone"
        assert path.exists()
        assert expire_copies() == 1
        assert expire_copies() == 0
    assert not path.exists()


def test_a_file_that_no_request_names_is_swept_away(world, made):
    """What a process left that was killed between writing the file and saying so."""
    orphan = COPIES.path_of(COPIES.keep(world.community.pk, b"left behind"))
    with world.scope():
        expire_copies()
        assert orphan.exists(), "it may still be about to be named"
        old = clock.real_now() - timedelta(hours=2)
        os.utime(orphan, (old.timestamp(), old.timestamp()))
        expire_copies()
    assert not orphan.exists()
    assert COPIES.path_of(made.copy.name).exists()


def test_new_keys_reach_a_copy_that_lies_waiting(made):
    before = COPIES.path_of(made.copy.name).read_bytes()
    assert COPIES.reseal("1.no-such-key.") >= 1
    assert COPIES.path_of(made.copy.name).read_bytes() != before
    assert page_in(COPIES.read(made.copy.name))[:5] == b"%PDF-"
    assert COPIES.reseal(current_prefix()) == 0


def test_while_it_is_made_it_says_so_and_a_withdrawn_one_leaves_no_file(world):
    elder = world.actor("elder")
    with world.scope():
        request = ask(world.residents["elder"], Asked("copy"), actor=elder)
        with pytest.raises(Conflict):
            hand_out(request.pk, "file", identity_shown=True, actor=elder)
        withdraw(request.pk, actor=elder)
        build(request.copy.pk)
        assert DataCopy.objects.get().name == ""
