"""A guardian decides for a child under 14, the person itself from then on; a proxy may only take back, within its scope."""

from datetime import date, datetime, timedelta, timezone

import pytest

from linli.foundation import clock
from linli.foundation.accounts.models import Account, ProxyAuthority
from linli.foundation.accounts.queries import actor_of
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.models import Event
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.consents.actions import (
    ERASED_WITHIN_WORKING_DAYS,
    decline,
    end_guardianship,
    give_consent,
    withdraw_consent,
)
from linli.foundation.privacy.consents.guarding import guardians_of, register_guardian
from linli.foundation.privacy.consents.lapsing import end_orphaned_authorities, end_what_lapsed
from linli.foundation.privacy.consents.models import Decline, Ending, Guardianship
from linli.foundation.privacy.consents.queries import standings_of
from linli.foundation.privacy.consents.standing import sensed_homes
from linli.foundation.privacy.models import Consent

pytestmark = [pytest.mark.django_db]

CHILD_PURPOSE = "smoke_care"
"""It may be used for children; the one for elders living alone may not."""


@pytest.fixture
def here(world, monday_morning):
    with world.scope():
        yield world


def guarded(here):
    return register_guardian(
        here.residents["child"], here.residents["resident"], relation="mother", evidence="户口本",
        actor=here.actor("grid_worker"),
    )  # fmt: skip


def agree(here, who="elder", by=None, purpose="water_care", **more):
    return give_consent(
        here.residents[who], purpose, actor=here.actor(by or who), **{"channel": "app"} | more
    )  # fmt: skip


def noon(year, month, day):
    return datetime(year, month, day, 12, tzinfo=timezone(timedelta(hours=8)))


def test_a_guardian_agrees_for_the_child_and_takes_it_back(here):
    guarded(here)
    consent = agree(here, "child", by="resident", purpose=CHILD_PURPOSE)
    assert consent.testimony.guardianship.guardian == here.residents["resident"]
    withdraw_consent(consent, actor=here.actor("resident"))
    assert not Consent.objects.in_force().exists()


def test_nobody_else_agrees_for_a_child(here):
    for by in ("elder", "neighbour"):
        with pytest.raises((NotFound, NotAllowed)):
            agree(here, "child", by=by, purpose=CHILD_PURPOSE)
    with pytest.raises(Invalid) as refused:
        agree(here, "child", by="grid_worker", purpose=CHILD_PURPOSE, channel="door", evidence="孩子说好")
    assert refused.value.code == "too_young"


def test_a_thirteen_year_old_with_an_account_cannot_agree_and_reads_what_a_parent_must_do(here):
    child = here.residents["child"]
    account = Account.objects.create_user("child", display_name=child.name, community=here.community, resident=child)
    with clock.frozen(noon(2029, 6, 1)):
        assert child.age_on(clock.today()) == 13
        with pytest.raises(Invalid, match="监护人") as refused:
            give_consent(child, CHILD_PURPOSE, channel="app", actor=actor_of(account))
    assert refused.value.code == "too_young"


def test_on_the_fourteenth_birthday_the_guardians_yes_ends_and_the_person_is_asked(here):
    guarded(here)
    agree(here, "child", by="resident", purpose=CHILD_PURPOSE)
    with clock.frozen(noon(2030, 2, 28)):
        assert end_what_lapsed() == 0
    with clock.frozen(noon(2030, 3, 1)):
        assert end_what_lapsed() == 1
        assert Ending.objects.get().reason == Ending.Reason.OF_AGE
        standing = next(one for one in standings_of(here.residents["child"]) if one.purpose.key == CHILD_PURPOSE)
        assert standing.lapsed
        assert Notice.objects.filter(key=f"of-age:{here.residents['child'].pk}").exists()
        assert not here.actor("resident").ward_ids
        with pytest.raises((NotAllowed, NotFound)):
            agree(here, "child", by="resident", purpose=CHILD_PURPOSE)


def test_when_the_guardianship_ends_what_it_agreed_to_ends(here):
    guardianship = guarded(here)
    agree(here, "child", by="resident", purpose=CHILD_PURPOSE)
    end_guardianship(guardianship, actor=here.actor("community_worker"))
    assert Ending.objects.get().reason == Ending.Reason.GUARDIAN_ENDED
    assert not here.actor("resident").ward_ids


@pytest.mark.parametrize(
    ("child", "guardian", "more", "code"),
    [
        ("elder", "resident", {}, "not_a_child"),
        ("child", "resident", {"relation": "friend"}, "relation_unknown"),
        ("child", "resident", {"evidence": " "}, "evidence_missing"),
    ],
)
def test_what_makes_nobody_a_guardian(here, child, guardian, more, code):
    facts = {"relation": "mother", "evidence": "户口本"} | more
    with pytest.raises(Invalid) as refused:
        register_guardian(
            here.residents[child], here.residents[guardian], actor=here.actor("community_worker"), **facts
        )
    assert refused.value.code == code


def test_a_child_has_no_more_guardians_than_fit_and_a_repeated_one_is_the_same(here):
    assert guarded(here) == guarded(here)
    for who in ("neighbour", "newcomer", "elder"):
        register_guardian(
            here.residents["child"], here.residents[who], relation="other", evidence="判决书",
            actor=here.actor("community_worker"),
        )  # fmt: skip
    assert len(guardians_of(here.residents["child"])) == 4
    extra = type(here.residents["elder"]).objects.create(
        code="R9", name="外人", sex="m", birth_date=date(1970, 1, 1), home=here.homes[3]
    )
    with pytest.raises(Conflict):
        register_guardian(
            here.residents["child"], extra, relation="other", evidence="判决书", actor=here.actor("community_worker")
        )


def test_a_proxy_takes_back_only_when_it_may_act_in_privacy_and_never_agrees(here):
    consent = agree(here)
    with pytest.raises(NotAllowed):
        agree(here, by="family_proxy", purpose="door_care")
    ProxyAuthority.objects.update(scopes=["requests", "care"])
    with pytest.raises(NotFound):
        withdraw_consent(consent, actor=here.actor("family_proxy"))
    with pytest.raises(NotAllowed):
        decline(here.residents["elder"], "door_care", channel="app", actor=here.actor("family_proxy"))
    ProxyAuthority.objects.update(scopes=["privacy"])
    withdraw_consent(consent, actor=here.actor("family_proxy"))
    assert not Consent.objects.in_force().exists()


def test_a_proxy_does_not_outlive_its_principal(here):
    elder = here.residents["elder"]
    assert here.actor("family_proxy").resident_ids == {elder.pk}
    type(elder).objects.filter(pk=elder.pk).update(left_on=clock.today())
    assert not here.actor("family_proxy").resident_ids
    here.accounts["family_proxy"].phone = "19900001234"
    here.accounts["family_proxy"].save()
    assert end_orphaned_authorities() == 1
    assert ProxyAuthority.objects.get().revoked_at is not None
    assert Event.objects.filter(kind="accounts.proxy_ended").count() == 1
    assert Notice.objects.filter(key__startswith="proxy-orphaned").exists()
    assert end_orphaned_authorities() == 0


def test_who_moves_out_takes_the_consent_along(here):
    agree(here)
    elder = here.residents["elder"]
    type(elder).objects.filter(pk=elder.pk).update(home=here.homes[3])
    assert not sensed_homes("water_care", {here.homes[0].pk, here.homes[3].pk})
    assert end_what_lapsed() == 1
    assert Ending.objects.get().reason == Ending.Reason.MOVED
    assert not Decline.objects.exists()


def test_withdrawing_says_by_when_all_is_erased(here, monday_morning):
    consent = agree(here)
    withdraw_consent(consent, channel="phone", note="本人来电，要求停", actor=here.actor("grid_worker"))
    ending = Ending.objects.get()
    assert (ending.channel, ending.note, ending.taken_by) == ("phone", "本人来电，要求停", here.accounts["grid_worker"])
    assert ending.delete_by == date(2026, 3, 23)
    assert ERASED_WITHIN_WORKING_DAYS == 15
    told = Event.objects.get(kind="privacy.consent_withdrawn").data
    assert (told["reason"], told["delete_by"], told["home"]) == ("withdrawn", "2026-03-23", here.homes[0].pk)


def test_a_purpose_that_is_gone_allows_nothing_and_its_consents_end(here):
    Consent.objects.create(
        resident=here.residents["elder"], home=here.homes[0], purpose="old_care", text_version="1", channel="door",
        given_at=clock.now(),
    )  # fmt: skip
    assert not sensed_homes("old_care", {here.homes[0].pk})
    assert end_what_lapsed() == 1
    assert Ending.objects.get().reason == Ending.Reason.PURPOSE_ENDED


def test_each_purpose_is_agreed_to_by_itself(here):
    agree(here)
    assert {one.purpose.key for one in standings_of(here.residents["elder"]) if one.consent} == {"water_care"}


def test_the_other_adults_no_is_told_to_the_one_who_agreed(here):
    partner = here.residents["newcomer"]
    type(partner).objects.filter(pk=partner.pk).update(home=here.homes[1])
    partner.refresh_from_db()
    agree(here, "resident", purpose="smoke_care")
    decline(partner, "smoke_care", channel="door", note="不要", actor=here.actor("grid_worker"))
    standing = next(one for one in standings_of(here.residents["resident"]) if one.purpose.key == "smoke_care")
    assert standing.consent is not None
    assert standing.stopped_by_another


def test_a_guardian_who_left_decides_nothing(here):
    guarded(here)
    mother = here.residents["resident"]
    type(mother).objects.filter(pk=mother.pk).update(left_on=clock.today())
    assert not here.actor("resident").ward_ids
    assert not guardians_of(here.residents["child"])
    end_what_lapsed()
    assert Guardianship.objects.get().ended_at is not None
