"""Roles are granted by the director for a time; a principal chooses who may act for them."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.accounts.actions import (
    PROXIES_AT_MOST,
    authorise_proxy,
    end_grant,
    grant_role,
    reset_password,
    revoke_proxy,
)
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account, Grant, ProxyAuthority
from linli.foundation.accounts.permissions import (
    grid_id_of,
    is_grid_staff_of,
    is_resident_or_proxy_of,
    is_self,
    may,
)
from linli.foundation.accounts.queries import actor_of
from linli.foundation.accounts.roles import Role
from linli.foundation.accounts.sign_in import account_of_token, issue_token
from linli.foundation.errors import Conflict, Invalid, NotAllowed
from linli.foundation.events.models import Event
from linli.foundation.notices.models import Notice
from linli.foundation.vault.fields import holds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def clerk(world):
    return Account.objects.create_user("clerk", display_name="clerk", community=world.community)


def test_a_role_lasts_twelve_months_and_then_is_gone(world, clerk, monday_morning):
    with world.scope():
        grant_role(clerk, Role.GRID_WORKER, grid=world.grids[0], actor=world.actor("community_director"))
    assert actor_of(clerk).grid_ids == {world.grids[0].pk}
    with clock.frozen(monday_morning + timedelta(days=366)):
        assert actor_of(clerk).grid_ids == frozenset()


def test_an_ended_grant_is_gone_at_once(world, clerk, monday_morning):
    director = world.actor("community_director")
    with world.scope():
        grant = grant_role(clerk, Role.COMMUNITY_WORKER, actor=director)
        with clock.frozen(monday_morning + timedelta(hours=1)):
            end_grant(grant, actor=director)
            end_grant(grant, actor=director)
            assert not actor_of(clerk).is_staff
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == [
        "accounts.role_granted",
        "accounts.grant_ended",
    ]


@pytest.mark.parametrize("who", ["community_worker", "grid_lead", "resident", "auditor", "dpo", "street_office"])
def test_only_the_director_grants(world, clerk, who):
    with world.scope(), pytest.raises(NotAllowed):
        grant_role(clerk, Role.COMMUNITY_WORKER, actor=world.actor(who))


def test_a_director_grants_neither_to_itself_nor_next_door(world, other_world, clerk):
    with world.scope(), pytest.raises(NotAllowed):
        grant_role(world.accounts["community_director"], Role.DPO, actor=world.actor("community_director"))
    with other_world.scope(), pytest.raises(NotAllowed):
        grant_role(clerk, Role.COMMUNITY_WORKER, actor=other_world.actor("community_director"))
    with world.scope(), pytest.raises(Invalid):
        grant_role(clerk, Role.GRID_WORKER, grid=other_world.grids[0], actor=world.actor("community_director"))


@pytest.mark.parametrize(
    ("role", "more"),
    [
        (Role.GRID_WORKER, {}),
        (Role.BUILDING_LEAD, {}),
        (Role.RESIDENT, {}),
        (Role.COMMUNITY_WORKER, {"lasts": timedelta(days=400)}),
        (Role.COMMUNITY_WORKER, {"lasts": timedelta()}),
    ],
)
def test_a_grant_that_does_not_fit_is_refused(world, clerk, role, more):
    with world.scope(), pytest.raises(Invalid):
        grant_role(clerk, role, actor=world.actor("community_director"), **more)
    assert not clerk.grants.exists()


def authorise(world, proxy, *, by="elder", days=365, **more):
    with world.scope():
        return authorise_proxy(
            world.residents["elder"],
            proxy,
            scopes=more.get("scopes", ["requests"]),
            ends_at=clock.now() + timedelta(days=days),
            evidence=more.get("evidence", "signed paper"),
            actor=world.actor(by),
        )


def test_a_principal_authorises_a_proxy_and_is_told_by_sms(world, clerk):
    authorise(world, clerk)
    assert actor_of(clerk).principal_ids == {world.residents["elder"].pk}
    assert actor_of(clerk).has(Role.FAMILY_PROXY)
    notice = Notice.objects.get(holds(Notice, to=world.phones["elder"]))
    assert "clerk" in notice.text and world.community.phone in notice.text


def test_a_revoked_proxy_acts_no_more(world, clerk, monday_morning):
    authority = authorise(world, clerk)
    with world.scope(), clock.frozen(monday_morning + timedelta(minutes=5)):
        for _ in range(2):
            revoke_proxy(authority, actor=world.actor("elder"))
    with clock.frozen(monday_morning + timedelta(minutes=6)):
        assert actor_of(clerk).principal_ids == frozenset()
    assert Notice.objects.count() == 2


def test_three_proxies_are_the_most(world):
    already = ProxyAuthority.objects.filter(principal=world.residents["elder"]).count()
    people = [
        Account.objects.create_user(f"p{n}", display_name=f"p{n}", community=world.community)
        for n in range(PROXIES_AT_MOST)
    ]
    for person in people[: PROXIES_AT_MOST - already]:
        authorise(world, person)
    with pytest.raises(Conflict):
        authorise(world, people[-1])
    with pytest.raises(Conflict):
        authorise(world, people[0])


def test_nobody_makes_itself_a_proxy(world, clerk):
    for who in ("neighbour", "family_proxy", "grid_worker"):
        with pytest.raises(NotAllowed):
            authorise(world, clerk, by=who)
    authorise(world, clerk, by="community_worker")


@pytest.mark.parametrize(
    "wrong", [{"days": 400}, {"days": -1}, {"scopes": []}, {"scopes": ["vote"]}, {"evidence": " "}]
)
def test_an_authority_that_does_not_fit_is_refused(world, clerk, wrong):
    with pytest.raises(Invalid):
        authorise(world, clerk, **wrong)


def test_a_proxy_of_another_community_is_refused(world, other_world):
    with pytest.raises(Invalid):
        authorise(world, other_world.accounts["neighbour"])


def test_predicates_know_whose_grid_and_whose_matter_it_is(world, other_world):
    elder, neighbour = world.residents["elder"], world.residents["neighbour"]
    with world.scope():
        assert grid_id_of(elder) == world.grids[0].pk
        assert is_grid_staff_of(world.actor("grid_worker"), elder)
        assert not is_grid_staff_of(world.actor("grid_worker"), neighbour)
        assert not is_grid_staff_of(world.actor("community_director"), elder)
        assert is_resident_or_proxy_of(world.actor("family_proxy"), elder)
        assert not is_self(world.actor("family_proxy"), elder)
        assert not may(world.actor("community_director"), "nothing.declared", elder)
    assert not is_grid_staff_of(other_world.actor("grid_worker"), elder)


def test_a_director_gives_no_role_to_an_account_of_nobodys_or_another_community(world, other_world):
    nobodys = Account.objects.create_user("street", display_name="street")
    for account in (nobodys, other_world.accounts["neighbour"]):
        with pytest.raises((Invalid, NotAllowed)), world.scope():
            grant_role(account, Role.AUDITOR, actor=world.actor("community_director"))


def test_a_role_of_another_community_counts_for_nothing_here(world, other_world, clerk, monday_morning):
    """Whoever moved takes no role along."""
    Grant.objects.create(
        account=clerk,
        role=Role.COMMUNITY_DIRECTOR,
        community=other_world.community,
        starts_at=monday_morning,
        expires_at=monday_morning + timedelta(days=1),
    )
    assert not actor_of(clerk).held


def test_a_reset_password_signs_out_every_page_and_token(world, client):
    account = world.accounts["grid_worker"]
    token = issue_token(account, label="phone")
    client.force_login(account)
    with world.scope():
        with pytest.raises(NotAllowed):
            reset_password(account, "a brand new one 7", actor=world.actor("community_director"))
        with pytest.raises(Invalid):
            reset_password(account, "12345678", actor=Actor.for_system("admin"))
        reset_password(account, "a brand new one 7", actor=Actor.for_system("admin"))
    assert account_of_token(token) is None
    assert client.get("/workbench/").status_code == 302
    event = Event.objects.get(kind="accounts.password_reset")
    assert "new" not in str(event.data)
