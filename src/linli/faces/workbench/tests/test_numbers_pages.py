"""Staff grant the budget, propose, approve and see how far it is."""

from __future__ import annotations

import pytest

from linli.foundation.privacy.publishing import ledger
from linli.foundation.privacy.publishing.models import OPEN_NUMBERS, Release, State
from linli.foundation.privacy.publishing.tests.releasing import crowd

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

HERE = "/workbench/privacy/numbers/"
PERIOD = {"first": "2026-01-01", "last": "2026-02-28", "share": "1000"}


@pytest.fixture
def enter(client, world):
    def signed_in(who):
        client.force_login(world.accounts[who])
        return client

    return signed_in


def test_from_the_budget_to_the_public_page(enter, world, django_capture_on_commit_callbacks):
    crowd(world)
    assert "定下今年的预算" in enter("community_director").get(HERE).content.decode()
    enter("community_director").post(f"{HERE}budget/grant/", {"amount": "5"})
    made = enter("community_worker").post(HERE, PERIOD)
    assert made.status_code == 302
    page = enter("community_worker").get(made.headers["Location"]).content.decode()
    assert "要另一位同事来同意" in page and "同意公布" not in page
    page = enter("dpo").get(made.headers["Location"]).content.decode()
    assert "同意公布" in page and "±6" in page
    with django_capture_on_commit_callbacks() as callbacks:
        enter("dpo").post(f"{made.headers['Location']}do/approve/", {"version": 0})
    page = enter("dpo").get(made.headers["Location"]).content.decode()
    assert "正在数，0%" in page and 'hx-trigger="every 2s"' in page
    for start in callbacks:
        start()
    part = enter("dpo").get(f"{made.headers['Location']}progress/").content.decode()
    assert "公布了" in part and "hx-trigger" not in part
    assert "住在这里的人" in enter("elder").get("/numbers/").client.get("/numbers/mx/").content.decode()


def test_a_wrong_amount_is_said_beside_its_field_and_grants_nothing(enter, world):
    for amount in ("", "0", "-1", "nan", "inf", "1e3", "21", "0.0001", "五"):
        page = enter("community_director").post(f"{HERE}budget/grant/", {"amount": amount})
        assert page.status_code == 422, amount
        assert "预算要大于 0" in page.content.decode()
    with world.scope():
        assert ledger.standing(OPEN_NUMBERS) is None


def test_a_budget_is_lowered_and_never_raised(enter, world):
    enter("community_director").post(f"{HERE}budget/grant/", {"amount": "5"})
    assert enter("community_director").post(f"{HERE}budget/grant/", {"amount": "9"}).status_code == 409
    enter("auditor").post(f"{HERE}budget/lower/", {"amount": "4.5"})
    with world.scope():
        assert ledger.standing(OPEN_NUMBERS).left == 500
    page = enter("community_worker").post(HERE, PERIOD)
    assert page.status_code == 409 and "今年的预算只剩 0.5，不够 5" in page.content.decode()


def test_a_proposal_that_cannot_be_says_what_would_be_right(enter, world):
    enter("community_director").post(f"{HERE}budget/grant/", {"amount": "5"})
    for changed, words in (
        ({"last": "2026-03-02"}, "还没有过完"),
        ({"first": "2026-02-20"}, "太短了"),
        ({"first": "", "last": "x"}, "aria-invalid"),
        ({"share": "999"}, "aria-invalid"),
    ):
        page = enter("community_worker").post(HERE, PERIOD | changed)
        assert page.status_code == 422 and words in page.content.decode()
    with world.scope():
        assert not Release.objects.exists()


def test_the_proposer_is_told_that_another_must_agree(enter, world):
    enter("community_director").post(f"{HERE}budget/grant/", {"amount": "5"})
    made = enter("community_director").post(HERE, PERIOD).headers["Location"]
    page = enter("community_director").post(f"{made}do/approve/", {"version": 0})
    assert page.status_code == 403 and "不能是同一个人" in page.content.decode()
    page = enter("dpo").post(f"{made}do/refuse/", {"version": 0, "reason": "等年报"})
    assert page.status_code == 302
    assert "没有同意：等年报" in enter("community_director").get(made).content.decode()
    with world.scope():
        assert Release.objects.get().state == State.REFUSED


@pytest.mark.parametrize("who", ["elder", "grid_worker", "street_office", "wall_display", "property_company"])
def test_nobody_else_opens_these_pages(enter, who):
    assert enter(who).get(HERE).status_code == 403
    assert enter(who).post(HERE, PERIOD).status_code == 403
    assert enter(who).post(f"{HERE}budget/grant/", {"amount": "5"}).status_code == 403


def test_the_director_lowers_what_all_studies_may_ask_in_a_year(world, client):
    client.force_login(world.accounts["community_director"])
    assert "今年还能问 20 次" in client.get("/workbench/privacy/numbers/").content.decode()
    wrong = client.post("/workbench/privacy/numbers/budget/lower/", {"purpose": "analysis", "amount": "-1"})
    assert wrong.status_code == 422 and "预算要大于 0" in wrong.content.decode()
    client.post("/workbench/privacy/numbers/budget/lower/", {"purpose": "analysis", "amount": "7.5"})
    assert "今年还能问 5 次" in client.get("/workbench/privacy/numbers/").content.decode()
    with world.scope():
        assert ledger.standing(OPEN_NUMBERS) is None, "the published numbers' budget is another"
