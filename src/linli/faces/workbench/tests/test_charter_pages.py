"""The charter on the workbench: a lead writes in the guided form, another approves, and what somebody wrote is never lost."""

import re

import pytest

from linli.foundation.privacy.charter import actions
from linli.foundation.privacy.charter.models import Change, Opinion, State
from linli.foundation.privacy.charter.queries import alterations
from linli.foundation.privacy.charter.tests.changing import announced, drafted, in_force_after, proposed
from linli.foundation.privacy.purposes import in_force

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

LIST = "/workbench/privacy/charter/"


@pytest.fixture
def as_(client, world):
    def sign_in(who):
        client.force_login(world.accounts[who], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def form_of(page: str) -> dict:
    """What the browser would send back of the guided form, unchanged."""
    sent = {}
    for name, value in re.findall(r'<input type="(?:text|number|hidden)" name="(\w+)"[^>]*?value="([^"]*)"', page):
        sent[name] = value
    for name, value in re.findall(r'<textarea name="(\w+)"[^>]*>\s*(.*?)</textarea>', page, flags=re.S):
        sent[name] = value
    for name, value in re.findall(r'<input type="checkbox" name="(\w+)" value="(\w+)"[^>]*?checked', page):
        sent.setdefault(name, []).append(value)
    for name in re.findall(r'<input type="checkbox" name="(minors)"[^>]*checked', page):
        sent[name] = "on"
    chosen = re.search(r'<select name="ground".*?<option value="(\w+)" selected', page, flags=re.S)
    sent["ground"] = chosen.group(1) if chosen else ""
    return sent


def test_a_lead_writes_proposes_and_another_approves(as_, world):
    director = as_("community_director")
    where = director.post(LIST + "new/").url
    page = director.get(where).content.decode()
    assert "还没有改什么" in page and "平安走访" in page
    form = form_of(director.get(where + "purpose/case_contact/").content.decode())
    assert form["keep_months"] == "36" and form["fields_"] == ["name", "phone", "address"]
    assert director.post(where + "purpose/case_contact/", form | {"keep_months": "24"}).status_code == 302
    with world.scope():
        change = Change.objects.get()
        assert {one.key: [d.part for d in one.differences] for one in alterations(change)} == {
            "case_contact": ["keep_months"]
        }, "a form sent back unchanged changes nothing else"
    page = director.get(where).content.decode()
    assert "<del>3 年</del>" in page and "<ins>2 年</ins>" in page
    given = {"version": change.version, "reason_zh": "短一点", "reason_en": "Shorter"}
    assert director.post(where + "do/propose/", given).status_code == 302
    assert "do/approve/" not in director.get(where).content.decode()
    dpo = as_("dpo")
    page = dpo.get(where).content.decode()
    assert "do/approve/" in page and "purpose/case_contact/" not in page
    assert dpo.post(where + "do/approve/", {"version": change.version + 1}).status_code == 302
    change.refresh_from_db()
    assert change.state == State.ANNOUNCED


@pytest.mark.parametrize(
    "key", sorted(["case_contact", "emergency", "matter_notice", "water_care", "statistics", "fraud_drill"])
)
def test_a_form_sent_back_as_it_came_changes_nothing(as_, world, key):
    with world.scope():
        change = drafted(world)
    client = as_("community_director")
    where = f"{LIST}{change.pk}/purpose/{key}/"
    assert client.post(where, form_of(client.get(where).content.decode())).status_code == 302
    with world.scope():
        change.refresh_from_db()
        assert alterations(change) == ()


def test_what_cannot_be_enforced_is_refused_beside_its_field_with_what_was_written(as_, world):
    with world.scope():
        change = drafted(world)
    client = as_("community_director")
    where = f"{LIST}{change.pk}/purpose/water_care/"
    form = form_of(client.get(where).content.decode())
    answer = client.post(where, form | {"ground": "duty", "words_zh": "看您家用了多少水。"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "以前要居民同意的，不能改成不用同意" in page and "看您家用了多少水。" in page
    with world.scope():
        change.refresh_from_db()
        assert alterations(change) == ()


def test_a_new_purpose_is_written_in_the_form_and_restored_away(as_, world):
    with world.scope():
        change = drafted(world)
    client = as_("community_director")
    where = f"{LIST}{change.pk}/"
    form = form_of(client.get(where + "purpose/care_round/").content.decode())
    new = form | {"key": "summer-class", "name_zh": "暑期班", "name_en": "Summer class", "about": ["visit"]}
    assert client.post(where + "purpose/new/", new | {"key": "care_round"}).status_code == 422
    assert client.post(where + "purpose/new/", new | {"shared_en": ""}).status_code == 422
    assert client.post(where + "purpose/new/", new).status_code == 302
    assert "暑期班" in client.get(where).content.decode()
    assert client.post(where + "purpose/summer_class/restore/").status_code == 302
    with world.scope():
        change.refresh_from_db()
        assert alterations(change) == ()


def test_the_second_lead_reads_who_was_faster_and_keeps_the_reason(as_, world):
    with world.scope():
        proposed(world, {"key": "case_contact", "keep_months": 24})
        mine = drafted(world, {"key": "emergency", "keep_months": 24}, by="dpo")
    dpo = as_("dpo")
    given = {"version": mine.version, "reason_zh": "我写了很久的理由", "reason_en": "My reason"}
    answer = dpo.post(f"{LIST}{mine.pk}/do/propose/", given)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "community_director 3 月 2 日 09:00 先提了一份修改" in page and "我写了很久的理由" in page


def test_a_draft_behind_catches_up_and_shows_both_wordings(as_, world):
    with world.scope():
        mine = drafted(world, {"key": "case_contact", "keep_months": 12}, by="dpo")
        in_force_after(world, {"key": "case_contact", "keep_months": 24})
    dpo = as_("dpo")
    where = f"{LIST}{mine.pk}/"
    page = dpo.get(where).content.decode()
    assert "do/catch_up/" in page and "do/propose/" not in page
    assert dpo.post(where + "do/catch_up/", {"version": mine.version}).status_code == 302
    page = dpo.get(where).content.decode()
    assert "这几处，别人也改过" in page and "2 年" in page and "1 年" in page
    assert dpo.post(where + "purpose/case_contact/settle/").status_code == 302
    assert "这几处，别人也改过" not in dpo.get(where).content.decode()


def test_an_opinion_is_written_down_by_a_grid_worker_and_answered_by_a_lead(as_, world):
    with world.scope():
        change = announced(world, {"key": "case_contact", "keep_months": 24})
    worker = as_("grid_worker")
    where = f"{LIST}{change.pk}/"
    assert worker.post(where + "opinions/", {"channel": "door", "words": "太短了"}).status_code == 302
    assert worker.post(where + "opinions/", {"channel": "", "words": "太短了"}).status_code == 422
    with world.scope():
        opinion = Opinion.objects.get()
    assert worker.post(f"{LIST}opinions/{opinion.pk}/answer/", {"answer": "好"}).status_code == 403
    dpo = as_("dpo")
    assert "太短了" in dpo.get(where).content.decode()
    assert dpo.post(f"{LIST}opinions/{opinion.pk}/answer/", {"answer": "结果会另外留。"}).status_code == 302
    assert "结果会另外留。" in as_("grid_worker").get(where).content.decode(), "whoever wrote it down can tell them"
    assert "太短了" not in as_("community_worker").get(where).content.decode()


@pytest.mark.parametrize("who", ["property_company", "street_office", "elder", "wall_display"])
def test_who_is_not_staff_sees_none_of_it(as_, world, who):
    assert as_(who).get(LIST).status_code == 403


def test_what_came_with_a_release_is_taken_up_by_a_lead(as_, world, monkeypatch):
    with world.scope():
        actions.begin_charter()
        brought = [dict(facts) for facts in actions.keeping.shipped_document()]
        brought[0]["keep_months"] = 30
        monkeypatch.setattr(actions.keeping, "shipped_document", lambda: brought)
        change = actions.adopt_shipped()
    assert "邻里软件的新版本想改" in as_("community_director").get(LIST).content.decode()
    given = {"version": change.version, "reason_zh": "新版本", "reason_en": "New release"}
    assert as_("dpo").post(f"{LIST}{change.pk}/do/propose/", given).status_code == 302
    change.refresh_from_db()
    assert (change.state, change.author) == (State.PROPOSED, world.accounts["dpo"])
    with world.scope():
        assert in_force()["case_contact"].keep_months == 36
