"""A warning is closed as false: the record of its rule changes, and what findings propose is put into force by a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from linli.foundation import clock
from linli.understand.warnings.models import Proposal, Warning
from linli.understand.warnings.rules import rules_in_force
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_rule_journey import nothing_is_wrong

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def door_warning(world, n: int, **fields) -> Warning:
    at = clock.now() - timedelta(days=n, hours=2)
    return Warning.objects.create(
        **{
            "kind": "door_open_long", "source": f"device:{900 + n}", "level": "P2", "grid": world.grids[0],
            "facility": world.lift, "opened_at": at, "last_triggered_at": at,
            "evidence": {"since": at.isoformat(), "seconds": 120}, **fields,
        }
    )  # fmt: skip


def test_closing_as_false_changes_the_record_and_a_person_applies_what_findings_propose(world, signed_in):
    with world.scope():
        for n in range(1, 11):
            finding = "true" if n <= 8 else "false"
            door_warning(world, n, state="cleared", finding=finding, ended_at=clock.now() - timedelta(days=n))
        going = door_warning(world, 0)
        Proposal.objects.create(
            rule="door_open_long", setting="open_seconds", before=120, value=240, true=8, false=3, dropped=2,
            later_minutes=2, findings=11, made_at=clock.now(),
        )  # fmt: skip
    page = signed_in("grid_worker", PHONE)
    page.goto(f"/workbench/warnings/{going.pk}/")
    expect(page.get_by_text("属实 80%")).to_be_visible()
    page.get_by_role("link", name="不是真的，写下原因").click()
    page.locator("#do-dismiss").get_by_label("误报").check()
    page.locator("#do-dismiss").get_by_role("button", name="不是真的，写下原因").click()
    expect(page.get_by_text("属实 73%")).to_be_visible()
    nothing_is_wrong(page)
    director = signed_in("community_director", DESK)
    director.goto("/workbench/warnings/rules/")
    line = director.get_by_role("link", name="电梯门一直开着")
    expect(line).to_contain_text("属实 73%")
    expect(line).to_contain_text("n = 11")
    expect(line).to_contain_text("有建议")
    nothing_is_wrong(director)
    line.click()
    expect(director.locator("#proposal")).to_contain_text("120 秒 → 240 秒")
    nothing_is_wrong(director)
    director.get_by_role("button", name="照着改").click()
    expect(director.get_by_text("照着改了，从现在起这样看。")).to_be_visible()
    expect(director.locator("#proposal")).to_have_count(0)
    with world.scope():
        assert rules_in_force()["door_open_long"].configured.number("open_seconds") == 240
