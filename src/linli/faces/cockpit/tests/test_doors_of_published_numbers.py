"""Attacks through the doors: overlapping periods, asking again after a refusal, addresses that ask for less, side channels."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.faces.cockpit import state as kept
from linli.foundation import clock
from linli.foundation.errors import Refusal
from linli.foundation.privacy.publishing import actions, ledger
from linli.foundation.privacy.publishing.models import OPEN_NUMBERS, CannotBeChanged, Figure, Release, State
from linli.foundation.privacy.publishing.tests.releasing import FIRST, LAST, crowd, publish
from linli.foundation.registry.models import Resident
from linli.testing import SmallCommunity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _nothing_kept():
    kept.forget()
    yield
    kept.forget()


OVERLAPS: dict[str, tuple[date, date]] = {
    "the same days": (FIRST, LAST),
    "one day less at the end": (FIRST, LAST - DAY),
    "one day less at the beginning": (FIRST + DAY, LAST),
    "one day more at the end": (FIRST, LAST + DAY),
    "one day more at the beginning": (FIRST - DAY, LAST),
    "a day in common at the beginning": (FIRST - 60 * DAY, FIRST),
    "a day in common at the end": (LAST, LAST + DAY),
    "the whole year around it": (date(2025, 4, 1), LAST),
    "a month within it": (FIRST + 10 * DAY, LAST - 10 * DAY),
}


@pytest.mark.parametrize("name", OVERLAPS)
def test_no_two_releases_share_a_day_that_could_be_subtracted(world, name):
    """Two exact tables whose periods differ by a day would show who came on that day."""
    crowd(world, 40)
    publish(world)
    first, last = OVERLAPS[name]
    with world.scope():
        left = ledger.standing(OPEN_NUMBERS).left
        with pytest.raises(Refusal) as refused:
            actions.propose(first, last, share=250, actor=world.actor("community_director"))
        assert refused.value.code in {"overlaps", "too_short", "not_over"}
        assert ledger.standing(OPEN_NUMBERS).left == left
        assert Release.objects.count() == 1


@pytest.mark.parametrize("name", OVERLAPS)
def test_without_the_check_the_day_in_common_is_laid_open(world, name):
    """The same two periods, written past the action, would both stand: the check is what refuses them."""
    first, last = OVERLAPS[name]
    with world.scope():
        for number, (a, b) in enumerate(((FIRST, LAST), (first, last)), start=1):
            Release.objects.create(
                number=number, state=State.PUBLISHED, first_day=a, last_day=b, share=250, price=1, proposed_at=clock.now()
            )  # fmt: skip
        assert Release.objects.published().count() == 2


def _proposed(world: SmallCommunity) -> Release:
    ledger.grant(OPEN_NUMBERS, "5", actor=world.actor("community_director"))
    return actions.propose(FIRST, LAST, share=1000, actor=world.actor("community_worker"))


def _refused(world: SmallCommunity) -> Release:
    release = _proposed(world)
    return actions.refuse(release.pk, "先不", version=0, actor=world.actor("dpo"))


def _withdrawn(world: SmallCommunity) -> Release:
    return actions.withdraw(_proposed(world).pk, version=0, actor=world.actor("community_worker"))


def _failed(world: SmallCommunity) -> Release:
    release = _proposed(world)
    actions.approve(release.pk, version=0, actor=world.actor("dpo"))
    ledger.lower(OPEN_NUMBERS, "1", actor=world.actor("dpo"))
    actions.make(release.pk)
    return Release.objects.get(pk=release.pk)


def _published(world: SmallCommunity) -> Release:
    release = _proposed(world)
    actions.approve(release.pk, version=0, actor=world.actor("dpo"))
    actions.make(release.pk)
    return Release.objects.get(pk=release.pk)


ENDS: dict[str, Callable[[SmallCommunity], Release]] = {
    "refused": _refused, "withdrawn": _withdrawn, "failed": _failed, "published": _published,
}  # fmt: skip
AGAIN: dict[str, Callable[[SmallCommunity, Release], object]] = {
    "approving it": lambda w, r: actions.approve(r.pk, version=r.version, actor=w.actor("auditor")),
    "approving its first version": lambda w, r: actions.approve(r.pk, version=0, actor=w.actor("auditor")),
    "refusing it": lambda w, r: actions.refuse(r.pk, "x", version=r.version, actor=w.actor("auditor")),
    "withdrawing it": lambda w, r: actions.withdraw(r.pk, version=r.version, actor=w.actor("community_worker")),
    "running its job": lambda w, r: actions.make(r.pk),
    "writing a figure into it": lambda w, r: Figure.objects.filter(release=r).update(value=4906),
}


@pytest.mark.parametrize("again", AGAIN)
@pytest.mark.parametrize("end", ENDS)
def test_what_has_ended_is_not_played_again(world, end, again):
    with world.scope():
        release = ENDS[end](world)
        before = (release.state, ledger.standing(OPEN_NUMBERS).left, list(Figure.objects.values_list("key", "value")))
        try:
            AGAIN[again](world, release)
        except (Refusal, CannotBeChanged):
            pass
        else:
            assert again == "running its job"
        release.refresh_from_db()
        after = (release.state, ledger.standing(OPEN_NUMBERS).left, list(Figure.objects.values_list("key", "value")))
        assert after == before


PUBLIC = ["/numbers/mx/", "/numbers/mx/1/numbers.csv", "/numbers/mx/1/numbers.json", "/api/v1/numbers/mx"]
NARROWER = ["grid=1", "building=1", "from=80&to=80", "age=80", "sex=f", "share=1000", "epsilon=20", "since=2026-02-27",
            "resident=1", "exact=1", "q=R1"]  # fmt: skip


@pytest.mark.parametrize("asked", NARROWER)
def test_no_address_asks_for_fewer_people(client, world, asked):
    """Staff narrow a number by its filters; the same filters change nothing that strangers read."""
    crowd(world, 60)
    publish(world)
    for address in PUBLIC:
        assert strip(client.get(f"{address}?{asked}").content, asked) == strip(client.get(address).content, asked)
    client.force_login(world.accounts["wall_display"])
    assert client.get(f"/cockpit/state?{asked}").content == client.get("/cockpit/state").content
    client.force_login(world.accounts["community_director"])
    everybody = client.get("/cockpit/rows/residents").context["page"].paginator.count
    assert client.get("/cockpit/rows/residents?from=80&to=84").context["page"].paginator.count < everybody


def strip(body: bytes, asked: str) -> str:
    """A page repeats its own address and carries a fresh token against forged forms."""
    text = body.decode().replace("&amp;", "&").replace(f"?{asked}", "")
    text = re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]+"', "", text)
    return re.sub(r"<time[^>]*title.*?</time>", "", text)


@pytest.mark.parametrize("address", PUBLIC)
def test_time_and_size_of_an_answer_tell_nothing_of_who_has_come_since(client, world, address):
    """What is published is stored: somebody's coming or going changes neither the bytes nor the work behind them."""
    crowd(world, 60)
    publish(world)

    def cost() -> tuple[int, int]:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(address)
        return len(captured), len(answer.content)

    before = cost()
    with world.scope():
        Resident.objects.filter(code__in=[f"C{n}" for n in range(30)]).delete()
    assert cost() == before
    client.force_login(world.accounts["community_director"])
    rows = client.get("/cockpit/rows/residents").content
    with world.scope():
        Resident.objects.filter(code__startswith="C").delete()
    assert len(client.get("/cockpit/rows/residents").content) != len(rows), "a page that counts on demand shows it"


@pytest.mark.parametrize("who", ["street_office", "community_director", "dpo", "elder", None])
def test_one_community_learns_of_the_others_numbers_only_what_is_published(client, world, other_world, who):
    crowd(other_world, 60)
    release = publish(other_world)
    if who:
        client.force_login(world.accounts[who])
    staff = f"/workbench/privacy/numbers/{release.pk}/"
    assert client.get(staff).status_code in {302, 403, 404}
    assert client.post(f"{staff}do/approve/", {"version": release.version}).status_code in {302, 403, 404}
    assert client.get("/numbers/other/").status_code == 200
    found = client.get("/api/v1/numbers/other").json()
    assert set(found) >= {"figures", "method"} and "proposed_by" not in json.dumps(found)
    with other_world.scope():
        codes = list(Resident.objects.values_list("code", "phone_index"))
    assert not any(index and index in json.dumps(found) for _code, index in codes)


def test_the_worker_alone_loads_the_noise():
    """The web process never draws: a page that could would be an oracle to be asked again and again."""
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'linli.config.test_settings'\n"
        "import django; django.setup()\n"
        "import linli.config.urls, sys\n"
        "assert 'opendp' not in sys.modules and 'highspy' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
