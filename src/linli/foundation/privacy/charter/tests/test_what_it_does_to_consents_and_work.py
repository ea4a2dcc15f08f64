"""A change in force: old consents end with their reason, people are asked anew, and work under a gone purpose stops."""

import io

import pytest
from PIL import Image

from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid
from linli.foundation.events.dispatching import drain
from linli.foundation.events.models import Event
from linli.foundation.files.actions import store_photo
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.charter import actions, telling
from linli.foundation.privacy.charter.models import Change
from linli.foundation.privacy.charter.tests.changing import (
    PUBLICITY,
    announced,
    drafted,
    in_force_after,
    shipped,
    tell_everybody,
)
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.consents.guarding import register_guardian
from linli.foundation.privacy.consents.models import Ending
from linli.foundation.privacy.consents.paper import enter_form, new_form
from linli.foundation.privacy.consents.queries import standings_of
from linli.foundation.privacy.consents.receipt import receipt_of
from linli.foundation.privacy.consents.standing import may_speak, sensed_homes
from linli.foundation.privacy.door import NotDeclared, reveal, use
from linli.foundation.privacy.education.actions import start_drill
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.purposes import in_force
from linli.foundation.privacy.rights import actions as rights
from linli.foundation.privacy.rights.actions.asking import Asked
from linli.foundation.vault.fields import holds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

LONGER = {"key": "water_care", "keep_months": 12}


@pytest.fixture
def here(world):
    with world.scope():
        yield world


@pytest.fixture
def photo(here):
    out = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(out, "JPEG")
    return store_photo(out.getvalue(), actor=here.actor("grid_worker"))


@pytest.fixture
def guardian(here):
    child, parent = here.residents["child"], here.residents["resident"]
    register_guardian(child, parent, relation="mother", evidence="户口本", actor=here.actor("grid_worker"))
    return here.actor("resident")


def agreed(here, purpose="water_care", who="elder"):
    return give_consent(here.residents[who], purpose, channel="app", actor=here.actor(who))


def texts_to(here, who):
    return [one.text for one in Notice.objects.filter(holds(Notice, to=here.phones[who])).order_by("pk")]


@pytest.mark.parametrize(
    "facts",
    [
        LONGER,
        {"key": "water_care", "words": {"zh": "看您几点起床。", "en": "See when you get up."}},
        {"key": "water_care", "shared_with": [{"zh": "保险公司", "en": "An insurance company"}]},
        {"key": "water_care", "minors": True},
        {"key": "water_care", "roles": ["building_lead", "grid_worker"]},
    ],
)
def test_a_wider_use_ends_what_was_agreed_to_and_asks_anew(here, facts):
    consent, other = agreed(here), agreed(here, "door_care")
    home = here.residents["elder"].home_id
    in_force_after(here, facts)
    assert not sensed_homes("water_care", {home})
    assert sensed_homes("door_care", {home})
    assert (home, "water_meter") not in may_speak([(home, "water_meter")])
    ending = Ending.objects.get(consent=consent)
    assert ending.reason == Ending.Reason.PURPOSE_CHANGED
    assert not Ending.objects.filter(consent=other).exists()
    assert Event.objects.get(kind="privacy.consent_withdrawn").data["reason"] == "purpose_changed"
    standing = next(one for one in standings_of(here.residents["elder"]) if one.purpose.key == "water_care")
    assert standing.changed and standing.declined is None
    drain()
    assert any("请您再选一次" in text for text in texts_to(here, "elder"))
    again = agreed(here)
    assert again.text_version == in_force()["water_care"].version != consent.text_version
    assert sensed_homes("water_care", {home})


@pytest.mark.parametrize(
    ("facts", "clearer"),
    [
        ({"key": "water_care", "keep_months": 1}, ()),
        ({"key": "water_care", "roles": ["grid_worker"]}, ()),
        ({"key": "water_care", "without": {"zh": "没有提醒。", "en": "No reminder."}}, ()),
        (
            {"key": "water_care", "words": {"zh": "很久没用水就去看看。", "en": "No water: we look in."}},
            ("water_care",),
        ),
    ],
)
def test_what_only_narrows_or_says_it_more_plainly_leaves_consents_alone(here, facts, clearer):
    agreed(here)
    in_force_after(here, facts, clearer=clearer)
    assert sensed_homes("water_care", {here.residents["elder"].home_id})


def test_a_removed_purpose_ends_its_consents_and_stops_everything(here):
    consent = agreed(here)
    in_force_after(here, removed=("water_care",))
    home = here.residents["elder"].home_id
    assert Ending.objects.get(consent=consent).reason == Ending.Reason.PURPOSE_ENDED
    assert not sensed_homes("water_care", {home}) and not may_speak([(home, "water_meter")])
    with pytest.raises(Invalid):
        agreed(here)
    drain()
    assert any("取消了" in text for text in texts_to(here, "elder"))


def test_the_receipt_still_says_what_was_agreed_to(here):
    consent = agreed(here)
    words = in_force()["water_care"].sentence
    in_force_after(here, {"key": "water_care", "words": {"zh": "别的用处。", "en": "Another use."}})
    consent.refresh_from_db()
    record = receipt_of(consent, home_url="http://x")["consent_record"]
    assert record["pii_processing"]["purposes"][0]["description"] == words
    assert record["events"][-1]["reason"] == "purpose_changed"


def test_a_form_printed_before_the_change_is_not_entered_after_it(here, photo):
    form = new_form(here.residents["elder"], actor=here.actor("grid_worker"))
    in_force_after(here, LONGER)
    with pytest.raises(Conflict) as refused:
        enter_form(form, {"water_care": True}, [photo], actor=here.actor("grid_worker"))
    assert refused.value.code == "form_outdated"


def test_the_door_refuses_people_and_machines_under_a_gone_purpose(here):
    agreed(here, "care_round")
    agreed(here, "fraud_drill")
    elder = here.residents["elder"]
    assert use(elder, "phone", "fraud_drill", about="drill:1") == here.phones["elder"]
    in_force_after(here, removed=("fraud_drill", "registry_upkeep"))
    with pytest.raises(NotDeclared):
        use(elder, "phone", "fraud_drill", about="drill:1")
    with pytest.raises(Invalid) as refused:
        reveal(elder, "phone", "registry_upkeep", "resident:1", actor=here.actor("community_worker"))
    assert refused.value.code == "unknown_purpose"


def test_a_field_or_role_taken_away_is_refused_at_once(here):
    keep = [field for field in shipped("case_contact")["fields"] if field != "phone"]
    in_force_after(here, {"key": "case_contact", "fields": keep, "roles": ["community_director"]})
    with pytest.raises(Invalid) as refused:
        reveal(here.residents["elder"], "phone", "case_contact", "case:1", actor=here.actor("community_director"))
    assert refused.value.code == "field_not_for_purpose"
    assert in_force()["case_contact"].roles == {"community_director"}


def test_nobody_is_drilled_under_a_purpose_that_is_gone(here):
    agreed(here, "fraud_drill")
    in_force_after(here, removed=("fraud_drill",))
    with pytest.raises(Invalid) as refused:
        start_drill("parcel_lost", actor=here.actor("community_director"))
    assert refused.value.code == "nobody_to_practise"


def test_an_objection_to_a_purpose_that_is_gone_says_so(here):
    asked = rights.ask(here.residents["elder"], Asked("objection", purpose="fraud_drill"), actor=here.actor("elder"))
    rights.take(asked.pk, actor=here.actor("dpo"))
    in_force_after(here, removed=("fraud_drill",))
    with pytest.raises(Invalid) as refused:
        rights.suspend(asked.pk, actor=here.actor("dpo"))
    assert refused.value.code == "gone"


def test_only_those_who_agreed_are_told_of_a_change_to_what_they_agreed_to(here):
    agreed(here)
    announced(here, LONGER)
    tell_everybody()
    (text,) = texts_to(here, "elder")
    assert "“水表关怀”的规矩要改" in text and here.community.phone in text and "/charter/mx/" in text
    assert Notice.objects.count() == 1


def test_everybody_is_told_of_a_wider_use_that_asks_nobody(here):
    announced(here, {"key": "case_contact", "keep_months": 60})
    tell_everybody()
    told = {who for who in here.phones if any("联系您" in text for text in texts_to(here, who))}
    assert told == {"elder", "resident", "neighbour", "newcomer"}, "the child is told by its parents"


def test_nobody_gets_a_message_about_a_use_that_only_shrinks_and_asks_nobody(here):
    change = announced(here, {"key": "case_contact", "keep_months": 12})
    tell_everybody()
    change.refresh_from_db()
    assert change.told_at and not Notice.objects.exists()


def test_telling_goes_on_where_it_was_interrupted_and_tells_nobody_twice(here, monkeypatch):
    monkeypatch.setattr(telling, "AT_A_TIME", 2)
    change = announced(here, {"key": "case_contact", "keep_months": 60})
    assert telling.tell_some() == 2
    change.refresh_from_db()
    assert change.told_at is None
    Change.objects.filter(pk=change.pk).update(told_up_to=0)
    tell_everybody()
    assert Notice.objects.count() == 4


def test_whoever_was_told_is_told_that_it_is_given_up(here):
    change = announced(here, {"key": "case_contact", "keep_months": 60})
    tell_everybody()
    actions.withdraw(change.pk, "大家不同意", actor=here.actor("dpo"))
    tell_everybody()
    assert "不改了" in texts_to(here, "elder")[-1]
    assert Notice.objects.count() == 8


def test_a_guardian_is_told_for_the_child(here, guardian):
    give_consent(here.residents["child"], "smoke_care", channel="app", actor=guardian)
    in_force_after(here, {"key": "smoke_care", "keep_months": 6})
    drain()
    told = texts_to(here, "resident")
    assert any("要改" in text for text in told) and any("再选一次" in text for text in told)
    assert not texts_to(here, "child")


def test_what_a_release_brings_waits_for_two_people(here, monkeypatch):
    actions.begin_charter()
    in_force_after(here, {"key": "water_care", "keep_months": 2}, removed=("joint_statistics",))
    brought = [dict(facts) for facts in actions.keeping.shipped_document()]
    brought = [facts for facts in brought if facts["key"] != "fraud_drill"]
    for facts in brought:
        if facts["key"] in {"water_care", "case_contact"}:
            facts["keep_months"] += 1
    brought.append(shipped("care_round") | {"key": "new_thing"})
    monkeypatch.setattr(actions.keeping, "shipped_document", lambda: brought)
    before = dict(in_force())
    change = actions.adopt_shipped()
    assert dict(in_force()) == before
    wanted = {facts["key"]: facts for facts in change.document}
    assert "joint_statistics" not in wanted, "what the community took out stays out"
    assert "new_thing" in wanted and "fraud_drill" not in wanted
    assert wanted["case_contact"]["keep_months"] == 37
    assert change.clashes == [["water_care", "keep_months"]]
    assert change.author is None and actions.adopt_shipped() is None
    change = actions.settle(change.pk, "water_care", actor=here.actor("dpo"))
    assert change.author == here.accounts["dpo"]


def test_what_this_release_no_longer_enforces_leaves_the_page_and_ends_its_consents(here, monkeypatch):
    agreed(here, "fraud_drill")
    actions.begin_charter()
    known = actions.keeping.enforceable
    monkeypatch.setattr(
        actions.keeping,
        "enforceable",
        lambda document: {k: v for k, v in known(document).items() if k != "fraud_drill"},
    )
    version = actions.drop_unknown()
    assert version.number == 2 and "fraud_drill" not in in_force()
    assert Ending.objects.get().reason == Ending.Reason.PURPOSE_ENDED
    assert actions.drop_unknown() is None


def test_a_change_that_was_announced_before_a_release_dropped_a_purpose_does_not_bring_it_back(here, monkeypatch):
    actions.begin_charter()
    announced(here, {"key": "case_contact", "keep_months": 12})
    tell_everybody()
    known = actions.keeping.enforceable
    monkeypatch.setattr(
        actions.keeping,
        "enforceable",
        lambda document: {k: v for k, v in known(document).items() if k != "fraud_drill"},
    )
    actions.drop_unknown()
    with clock.frozen(clock.now() + PUBLICITY):
        assert actions.take_effect_due() == 1
    assert in_force()["case_contact"].keep_months == 12
    assert "fraud_drill" not in in_force()


def test_consents_end_in_the_same_transaction_as_the_change(here, monkeypatch):
    """Half a change is none: when one consent cannot be ended nothing is in force."""
    agreed(here)
    change = announced(here, LONGER)
    tell_everybody()

    def broken(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(actions.keeping, "end_consent", broken)
    with clock.frozen(clock.now() + PUBLICITY):
        with pytest.raises(RuntimeError):
            actions.take_effect_due()
        assert in_force()["water_care"].keep_months == 3
        monkeypatch.undo()
        assert actions.take_effect_due() == 1
    assert not Consent.objects.in_force().exists()
    change.refresh_from_db()
    assert change.brought.number == 2


def test_a_draft_never_counts(here):
    drafted(here, LONGER)
    assert in_force()["water_care"].keep_months == 3
