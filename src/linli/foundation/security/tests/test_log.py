"""The security log: written where it happens, read by oversight alone, kept long enough, and not to be changed."""

import io
from datetime import UTC, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from openpyxl import load_workbook

from linli.foundation import clock
from linli.foundation.accounts.actions import end_grant, grant_role
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.roles import Role
from linli.foundation.events.dispatching import drain
from linli.foundation.privacy.retention.expiring import expiries
from linli.foundation.privacy.retention.rules import rule_of
from linli.foundation.security import sealing
from linli.foundation.security.models import LogSeal, SecurityEvent
from linli.foundation.security.recording import note
from linli.foundation.tenancy import every_community

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
LOG = "/workbench/privacy/log/"
Kind = SecurityEvent.Kind


@pytest.fixture(autouse=True)
def no_limits_left_over(db):
    cache.clear()


def kinds(**wanted) -> list[str]:
    return list(SecurityEvent.objects.filter(**wanted).order_by("pk").values_list("kind", flat=True))


def test_a_sign_in_its_failure_and_the_way_out_are_written_down_with_where_from(world):
    account = world.accounts["building_lead"]
    client = Client(REMOTE_ADDR="203.0.113.9", headers={"User-Agent": "Firefox/130.0 (X11; Linux)"})
    client.post("/sign-in/staff/", {"username": account.username, "password": "wrong"})
    client.post("/sign-in/staff/", {"username": account.username, "password": PASSWORD})
    client.post("/sign-out/")
    assert kinds(account=account) == ["sign_in_failed", "signed_in", "signed_out"]
    for row in SecurityEvent.objects.filter(account=account):
        assert (row.address, row.device, row.community) == ("203.0.113.9", "linux.firefox", world.community)


def test_what_somebody_typed_is_never_in_the_log(world):
    """A password typed into the field for the name would stand there for a year."""
    Client().post("/sign-in/staff/", {"username": "my-secret-password", "password": "x"})
    Client().post("/sign-in/code/", {"code": "123456"})
    row = SecurityEvent.objects.get(kind=Kind.SIGN_IN_FAILED)
    assert "my-secret" not in str(vars(row))
    assert row.community == world.community, "the only one that there is"


def test_trying_what_is_not_allowed_is_written_down(world, client):
    client.force_login(world.accounts["grid_worker"])
    client.get("/workbench/registry/")
    row = SecurityEvent.objects.get(kind=Kind.NOT_ALLOWED)
    assert (row.account, row.facts["route"]) == (world.accounts["grid_worker"], "workbench/registry/")


def test_grants_stand_in_it_once_however_often_they_are_delivered(world):
    clerk = Account.objects.create_user("clerk", display_name="clerk", community=world.community)
    director = world.actor("community_director")
    with world.scope():
        grant = grant_role(clerk, Role.COMMUNITY_WORKER, actor=director)
        end_grant(grant, actor=director)
    drain()
    from linli.foundation.events.models import Event
    from linli.foundation.security.handlers import repeat_in_the_log

    repeat_in_the_log(Event.objects.get(kind="accounts.role_granted"))
    rows = SecurityEvent.objects.filter(about=f"account:{clerk.pk}").order_by("pk")
    assert [row.kind for row in rows] == ["role_granted", "grant_ended"]
    assert rows[0].account == world.accounts["community_director"]
    assert rows[0].facts["role"] == "community_worker"


@pytest.mark.parametrize("who", ["community_director", "community_worker", "grid_lead", "elder", "street_office"])
def test_whoever_runs_the_community_does_not_watch_over_itself(world, client, who):
    client.force_login(world.accounts[who])
    assert client.get(LOG).status_code == 403
    assert client.get(f"{LOG}export.xlsx").status_code == 403


def test_oversight_filters_it_and_takes_it_out_with_a_mark(world, other_world, client):
    note(Kind.SIGN_IN_FAILED, account=world.accounts["grid_worker"], succeeded=False)
    note(Kind.SIGNED_IN, account=world.accounts["elder"])
    note(Kind.SIGNED_IN, account=other_world.accounts["grid_lead"])
    client.force_login(world.accounts["auditor"])
    page = client.get(LOG).content.decode()
    assert "grid_worker" in page and "孟广田" in page and "grid_lead" not in page
    narrow = client.get(LOG, {"kind": "sign_in_failed", "outcome": "no", "who": "grid"}).content.decode()
    assert "grid_worker" in narrow and "孟广田" not in narrow
    assert "没有这样的记录" in client.get(LOG, {"from": "1999-01-01", "to": "1999-01-02"}).content.decode()
    assert client.get(LOG, {"from": "not a day", "page": "x"}).status_code == 200
    sheet = load_workbook(io.BytesIO(client.get(f"{LOG}export.xlsx", {"kind": "sign_in_failed"}).content)).active
    rows = list(sheet.values)
    assert rows[1][3] == "grid_worker" and len(rows) == 3
    assert "监督委员会 auditor" in rows[2][0]


def test_it_is_kept_longer_than_six_months_and_then_whole_days_are_forgotten(world):
    now = clock.real_now()
    cutoff = rule_of("security.SecurityEvent").cutoff(now)
    assert cutoff < now - timedelta(days=184)
    row = note(Kind.SIGNED_IN, account=world.accounts["elder"])
    day = cutoff.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for at in (day - timedelta(seconds=1), day):
        made = note(Kind.SIGNED_IN, account=world.accounts["elder"])
        SecurityEvent.objects.filter(pk=made.pk).update(at=at)
    expiry = expiries()["security.SecurityEvent"]
    gone = []
    with every_community("the log belongs to none"):
        assert expiry.look(now).count == 1
        assert expiry.step(now, lambda count, marks: gone.append(count)) and not expiry.step(now, lambda *_: None)
    assert gone == [1]
    assert kinds(pk=row.pk) and SecurityEvent.objects.filter(at=day).exists()


def yesterday(*rows: SecurityEvent) -> None:
    for n, row in enumerate(rows):
        SecurityEvent.objects.filter(pk=row.pk).update(at=clock.real_now() - timedelta(days=1, seconds=n))


def test_a_finished_day_is_sealed_in_the_audit_log_and_a_changed_row_shows(world, client):
    rows = [note(Kind.SIGNED_IN, account=world.accounts["elder"]) for _n in range(3)]
    yesterday(*rows)
    assert sealing.seal_finished_days() >= 1
    assert sealing.seal_finished_days() == 0
    from linli.foundation.events.models import Event

    sealed = Event.objects.get(kind="security.log_sealed", data__rows__gt=0)
    assert sealed.data["digest"] == LogSeal.objects.get(rows__gt=0).digest
    assert sealing.changed_days() == []
    SecurityEvent.objects.filter(pk=rows[1].pk).update(kind=Kind.SIGN_IN_FAILED)
    assert sealing.changed_days() == [LogSeal.objects.get(rows__gt=0).day]
    client.force_login(world.accounts["auditor"])
    assert "被人改过" in client.get(LOG).content.decode()


def test_a_deleted_row_shows_too_and_an_erased_person_does_not(world):
    rows = [note(Kind.SIGNED_IN, account=world.accounts["elder"]) for _n in range(2)]
    yesterday(*rows)
    sealing.seal_finished_days()
    SecurityEvent.objects.filter(pk=rows[0].pk).update(account=None)
    assert sealing.changed_days() == [], "an erasure takes the person and leaves the row"
    rows[1].delete()
    assert len(sealing.changed_days()) == 1
