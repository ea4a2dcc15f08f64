"""The three rates by e-mail: asked for, sent on its day with the file, ended by one press or with the role."""

import io
import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from linli.act.casework import actions
from linli.act.casework.models import Case
from linli.faces.workbench import subscribing
from linli.faces.workbench.models import RateSubscription
from linli.faces.workbench.subscribing import next_moment, send_due
from linli.foundation import clock
from linli.foundation.accounts.models import Grant
from linli.foundation.notices.tests.posting import MailServer, use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
ASKED = {"address": "lead@example.org", "rhythm": "weekly", "by": "grid", "from": "2026-02-01", "to": "2026-03-02"}


@pytest.fixture
def post(settings):
    server = MailServer()
    use(settings, server)
    yield server
    server.close()


@pytest.fixture
def director(world, client):
    client.force_login(world.accounts["community_director"])
    return client


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)), st.sampled_from(["weekly", "monthly"]))
def test_the_next_one_is_the_first_of_its_kind_after_now(naive, rhythm):
    now = timezone.make_aware(naive)
    local = timezone.localtime(next_moment(now, rhythm))
    assert local > now and local.hour == 8
    assert local.weekday() == 0 if rhythm == "weekly" else local.day == 1
    assert local - now <= timedelta(days=7 if rhythm == "weekly" else 31)


def a_week_on():
    return clock.frozen(clock.now() + timedelta(days=7))


def link_in(message) -> str:
    return "/u/" + re.search(r"/u/([^>\s]+)", message["List-Unsubscribe"])[1]


def twelve_lamps(world):
    with world.scope():
        worker = world.actor("grid_worker")
        for _ in range(12):
            case = actions.receive("楼道灯坏了", actor=world.actor("resident")).case
            actions.accept(case.pk, actor=world.actor("community_director"))
            actions.take(case.pk, actor=worker)
            actions.start(case.pk, actor=worker)
            actions.feed_back(case.pk, outcome="fixed", result="好了。", actor=worker)
            actions.rate(case.pk, solved=True, satisfaction=5, actor=world.actor("resident"))
        Case.objects.update(level="P2")


def test_it_comes_on_its_day_with_the_file_and_the_page_says_when(world, director, post):
    twelve_lamps(world)
    answer = director.post("/workbench/rates/subscribe/", ASKED, follow=True)
    assert "订好了" in answer.content.decode() and "还没有发过" in answer.content.decode()
    with world.scope():
        assert send_due() == 0
        with a_week_on():
            assert send_due() == 1
            assert send_due() == 0
            page = director.get("/workbench/rates/").content.decode()
    assert "上次" in page and "lead@example.org" in page
    (message,) = post.got
    assert message["To"] == "lead@example.org" and message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    (file,) = message.iter_attachments()
    sheet = load_workbook(io.BytesIO(file.get_content())).active
    rows = list(sheet.iter_rows(values_only=True))
    assert sum(row[1] == 12 for row in rows) == 2
    assert "2026-02-07" in message["Subject"] and "2026-03-08" in message["Subject"]


def test_under_ten_leaves_the_house_neither_as_share_nor_as_count(world, director, post):
    with world.scope():
        case = actions.receive("楼道灯坏了", actor=world.actor("resident")).case
        worker = world.actor("grid_worker")
        actions.start(actions.accept(case.pk, actor=worker).pk, actor=worker)
        actions.feed_back(case.pk, outcome="fixed", result="好了。", actor=worker)
        actions.rate(case.pk, solved=True, satisfaction=5, actor=world.actor("resident"))
    director.post("/workbench/rates/subscribe/", ASKED)
    with world.scope(), a_week_on():
        assert send_due() == 1
    (file,) = post.got[0].iter_attachments()
    sheet = load_workbook(io.BytesIO(file.get_content())).active
    assert not [cell for row in sheet.iter_rows(values_only=True) for cell in row if isinstance(cell, int | float)]


def test_one_press_on_the_link_ends_it_and_opening_it_does_not(world, director, post):
    director.post("/workbench/rates/subscribe/", ASKED)
    with world.scope(), a_week_on():
        send_due()
    stranger, address = Client(enforce_csrf_checks=True), link_in(post.got[0])
    for _ in range(2):
        assert "不再收三率邮件？" in stranger.get(address).content.decode()
    with world.scope():
        assert RateSubscription.objects.get().ended_at is None
    for _ in range(2):
        assert "停了，不再发" in stranger.post(address, {"List-Unsubscribe": "One-Click"}).content.decode()
    with world.scope():
        ended = RateSubscription.objects.get()
        assert ended.ended_why == "link"
        with clock.frozen(clock.now() + timedelta(days=30)):
            assert send_due() == 0


@pytest.mark.parametrize("token", ["x", "1.1.x:abc", "..:", "%00"])
def test_a_forged_link_ends_nothing(world, director, post, token):
    director.post("/workbench/rates/subscribe/", ASKED)
    assert Client().post(f"/u/{token}").status_code == 404
    with world.scope():
        assert RateSubscription.objects.get().ended_at is None


@pytest.mark.parametrize("how", ["role", "inactive"])
def test_it_ends_with_the_role(world, director, post, how):
    director.post("/workbench/rates/subscribe/", ASKED)
    account = world.accounts["community_director"]
    if how == "role":
        Grant.objects.filter(account=account).delete()
    else:
        account.is_active = False
        account.save()
    with world.scope(), a_week_on():
        assert send_due() == 0
        assert RateSubscription.objects.get().ended_why == "role"
    assert post.got == []


def test_a_grid_worker_gets_its_grid_and_no_more(world, client, post):
    twelve_lamps(world)
    client.force_login(world.accounts["other_grid_worker"])
    client.post("/workbench/rates/subscribe/", ASKED)
    with world.scope(), a_week_on():
        assert send_due() == 1
    (file,) = post.got[0].iter_attachments()
    sheet = load_workbook(io.BytesIO(file.get_content())).active
    assert not [row for row in sheet.iter_rows(values_only=True) if row[1] == 12]


def test_a_mail_server_that_is_away_is_asked_again_and_the_page_says_so(world, director, post):
    director.post("/workbench/rates/subscribe/", ASKED)
    post.refusing = 450
    with world.scope(), a_week_on():
        assert send_due() == 0
        assert "上次没发出去" in director.get("/workbench/rates/").content.decode()
        assert send_due() == 0
        post.refusing = 0
        with clock.frozen(clock.now() + subscribing.FIRST_WAIT):
            assert send_due() == 1
        kept = RateSubscription.objects.get()
        assert (kept.last_error, kept.attempts) == ("", 0)


@pytest.mark.parametrize(
    "given",
    [{"address": "nobody"}, {"address": "a@b.cn\nBcc: c@d.cn"}, {"rhythm": "hourly"}, {"address": "a" * 300 + "@b.cn"}],
)
def test_what_is_wrong_is_said_beside_the_form(world, director, post, given):
    answer = director.post("/workbench/rates/subscribe/", ASKED | given)
    assert answer.status_code == 422
    with world.scope():
        assert not RateSubscription.objects.exists()


def test_the_same_twice_is_one_and_there_are_at_most_five(world, director, post):
    for _ in range(2):
        director.post("/workbench/rates/subscribe/", ASKED)
    for by in ("category", "unit", "channel", "age", "grid"):
        director.post("/workbench/rates/subscribe/", ASKED | {"by": by, "rhythm": "monthly"})
    with world.scope():
        assert RateSubscription.objects.count() == 5


def test_nobody_ends_what_somebody_else_asked_for(world, director, client, post):
    director.post("/workbench/rates/subscribe/", ASKED)
    with world.scope():
        number = RateSubscription.objects.get().pk
    other = Client()
    other.force_login(world.accounts["community_worker"])
    assert other.post(f"/workbench/rates/subscriptions/{number}/end/").status_code == 404
    assert director.post(f"/workbench/rates/subscriptions/{number}/end/").status_code == 302
    with world.scope():
        assert RateSubscription.objects.get().ended_why == "self"
