"""Four eyes are two people: what one account asked, another account of the same person does not decide."""

from datetime import date, timedelta

import pytest

from linli.foundation import clock
from linli.foundation.accounts.models import Account, Grant
from linli.foundation.accounts.persons import same_person
from linli.foundation.accounts.queries import actor_of
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import NotAllowed, Refusal
from linli.foundation.privacy.analysis import actions as analysis
from linli.foundation.privacy.charter import actions as charter
from linli.foundation.privacy.exports import actions as exports
from linli.foundation.privacy.exports.queries import Scope
from linli.foundation.privacy.publishing import actions as publishing
from linli.foundation.privacy.publishing import ledger
from linli.foundation.privacy.publishing.models import OPEN_NUMBERS
from linli.foundation.privacy.sensing import actions as sensing
from linli.testing import assess, camera_at, in_homes

pytestmark = pytest.mark.django_db

LINKS = ["resident_phone", "email", "name", "namesake_resident"]


def second_account(world, first: Account, link: str, *roles: Role) -> Account:
    """Another sign-in of whoever has ``first``, known to be so by one fact alone."""
    other = Account(username=f"second-{link}", display_name="另一个称呼", community=world.community)
    if link == "resident_phone":
        first.resident = None
        Account.objects.filter(pk=first.pk).update(resident=None)
        first = Account.objects.get(pk=first.pk)
        first.phone = "19912345678"
        first.save()
        person = world.residents["newcomer"]
        person.phone = "199 1234 5678".replace(" ", "")
        person.save()
        other.resident = person
    elif link == "email":
        Account.objects.filter(pk=first.pk).update(email="Zhou.Ping@example.org")
        other.email = "zhou.ping@example.org "
    elif link == "name":
        Account.objects.filter(pk=first.pk).update(display_name="周 平")
        other.display_name = "周平"
    else:
        Account.objects.filter(pk=first.pk).update(display_name=world.residents["newcomer"].name)
        other.resident = world.residents["newcomer"]
    other.save()
    for role in roles:
        Grant.objects.create(
            account=other, role=role, community=world.community, starts_at=clock.now() - timedelta(days=1),
            expires_at=clock.now() + timedelta(days=90),
        )  # fmt: skip
    return other


def refused(action, *args, **given) -> None:
    with pytest.raises(Refusal) as told:
        action(*args, **given)
    assert told.value.code in {"own_export", "same_person", "not_allowed", "own_grant"}, told.value.code


@pytest.mark.parametrize("link", LINKS)
def test_what_one_account_began_the_other_does_not_decide(link, world, monday_morning):
    """A list of names, a change of the charter, an assessment, a declaration, a release, a study."""
    first = world.accounts["community_director"]
    with world.scope():
        for role in (Role.DPO, Role.ANALYST, Role.COMMUNITY_WORKER):
            Grant.objects.create(
                account=first, role=role, community=world.community, starts_at=clock.now() - timedelta(days=1),
                expires_at=clock.now() + timedelta(days=90),
            )  # fmt: skip
        second = second_account(world, first, link, Role.COMMUNITY_DIRECTOR, Role.DPO)
        asks, decides = actor_of(first), actor_of(second)
        another = world.actor("dpo")

        asked = exports.ask("emergency", ["name"], Scope(grid=world.grids[0].pk), reason="台风转移", actor=asks)
        refused(exports.approve, asked.pk, actor=decides)
        assert exports.approve(asked.pk, actor=another).pk == asked.pk

        change = charter.start_change(actor=asks)
        charter.write_purpose(change.pk, {"key": "case_contact", "keep_months": 24}, actor=asks)
        charter.propose(change.pk, "短一点", "Shorter", actor=asks)
        refused(charter.approve, change.pk, actor=decides)
        assert charter.approve(change.pk, actor=another).pk == change.pk

        made = sensing.declare(in_homes("water_meter", "water_care", ["volume"]), actor=asks)
        sensing.propose(made.pk, actor=asks)
        refused(sensing.approve, made.pk, actor=decides)
        assert sensing.approve(made.pk, actor=another).pk == made.pk
        sensing.declare(camera_at(world.estate), actor=asks)
        refused(assess, "camera", proposer=asks, lead=decides)

        ledger.grant(OPEN_NUMBERS, "5", actor=asks)
        release = publishing.propose(date(2025, 10, 1), date(2025, 12, 31), share=250, actor=asks)
        refused(publishing.approve, release.pk, version=release.version, actor=decides)
        assert publishing.approve(release.pk, version=release.version, actor=another).pk == release.pk

        until = clock.today() + timedelta(days=30)
        study = analysis.propose_study("谁一个人住", "走访怎么排", ["residents"], until, actor=asks)
        refused(analysis.approve_study, study.pk, actor=decides)
        assert analysis.approve_study(study.pk, actor=another).pk == study.pk


def test_the_director_gives_no_role_to_another_account_of_their_own(world, monday_morning):
    from linli.foundation.accounts.actions import grant_role

    with world.scope():
        second = second_account(world, world.accounts["community_director"], "email")
        with pytest.raises(NotAllowed) as told:
            grant_role(second, Role.DPO, actor=world.actor("community_director"))
    assert told.value.code == "own_grant"


def test_two_people_stay_two(world):
    one, other = world.accounts["community_director"], world.accounts["dpo"]
    assert not same_person(one.pk, other.pk)
    assert not same_person(None, other.pk)
    assert not same_person(world.accounts["elder"].pk, world.accounts["resident"].pk)
    assert same_person(one.pk, one.pk)
