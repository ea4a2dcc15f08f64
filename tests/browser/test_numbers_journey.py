"""From the budget to the page that everybody reads: three people of the staff, a visitor, an elder, the street office."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from linli.foundation import clock
from linli.foundation.accounts.models import Account
from linli.foundation.privacy.publishing import actions
from linli.foundation.privacy.publishing.tests.releasing import crowd, publish
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import Looker, View

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HERE = "/workbench/privacy/numbers/"


@pytest.fixture
def released(world, other_world):
    """A published release in two communities, and a proposal that waits in the first."""
    today = clock.today()
    for small in (world, other_world):
        crowd(small, 400)
        publish(small, first=today - timedelta(days=60), last=today - timedelta(days=1), share=1000)
    with world.scope():
        return actions.propose(
            today - timedelta(days=150), today - timedelta(days=61), share=250, actor=world.actor("community_worker")
        )


def test_three_people_publish_and_a_visitor_reads(signed_in, world):
    crowd(world, 400)
    director = signed_in("community_director", DESK)
    director.goto("/workbench/privacy/")
    director.locator("main").get_by_role("link", name="公布的数").click()
    director.get_by_role("button", name="定下今年的预算").click()
    expect(director.get_by_text("今年的预算定好了。")).to_be_visible()
    worker = signed_in("community_worker", PHONE)
    worker.goto(HERE)
    last = clock.today() - timedelta(days=1)
    worker.get_by_label("从哪天").fill(str(last - timedelta(days=60)))
    worker.get_by_label("到哪天").fill(str(last))
    worker.get_by_label("多准", exact=True).select_option("1000")
    worker.get_by_role("button", name="请同事同意").click()
    expect(worker.get_by_text("您提出的，要另一位同事来同意。")).to_be_visible()
    dpo = signed_in("dpo", DESK)
    dpo.goto(worker.url)
    dpo.get_by_role("button", name="同意公布").click()
    expect(dpo.get_by_text("公布了。")).to_be_visible()
    visitor = signed_in(None, PHONE)
    visitor.goto("/numbers/")
    expect(visitor.get_by_text("住在这里的人")).to_be_visible()
    expect(visitor.get_by_text("± 10")).to_be_visible()
    with visitor.expect_download() as got:
        visitor.get_by_role("link", name="表格（CSV）").click()
    assert got.value.suggested_filename == f"linli-mx-{last}-numbers.csv"


LOOKS = [("standard", "zh-hans"), ("elder", "zh-hans"), ("dark", "zh-hans"), ("standard", "en")]


@pytest.mark.parametrize(("theme", "language"), LOOKS)
def test_what_everybody_reads_in_every_theme(signed_in, released, theme, language):
    page = signed_in(None, DESK, language=language)
    looker = Looker(page, None, theme=theme)
    for view in (
        View("newest", "/numbers/mx/"),
        View("communities", "/numbers/"),
        View("one release", "/numbers/mx/1/"),
        View("nothing there", "/numbers/mx/9/"),
    ):
        looker.look(view)
    assert not looker.findings, "\n".join(looker.findings)


@pytest.mark.parametrize(("theme", "language"), [("standard", "zh-hans"), ("dark", "zh-hans"), ("standard", "en")])
def test_what_staff_and_the_street_office_see(signed_in, released, theme, language):
    Account.objects.update(theme=theme, language=language)
    for who, views in (
        (
            "community_director",
            [View("budget", HERE), View("waiting", f"{HERE}{released.pk}/"), View("wall", "/cockpit/")],
        ),
        ("community_worker", [View("own proposal", f"{HERE}{released.pk}/")]),
        ("street_office", [View("compare", "/numbers/compare/"), View("cockpit", "/cockpit/")]),
    ):
        page = signed_in(who, DESK, language=language)
        looker = Looker(page, None)
        for view in views:
            looker.look(view)
        assert not looker.findings, "\n".join(looker.findings)


def test_before_anything_is_published(signed_in, world):
    page = signed_in("community_director", PHONE)
    looker = Looker(page, None)
    for view in (
        View("none", "/numbers/mx/"),
        View("no budget", HERE),
        View("nothing to compare", "/numbers/compare/"),
    ):
        looker.look(view)
    assert not looker.findings, "\n".join(looker.findings)
