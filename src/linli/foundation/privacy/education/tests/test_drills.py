"""A practice message reaches those it is for, teaches whoever follows it, and keeps no name."""

import json

import pytest

from linli.foundation.accounts.models import Account
from linli.foundation.accounts.queries import actor_of
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.education import actions
from linli.foundation.privacy.education.models import DrillMessage
from linli.foundation.privacy.education.queries import drills
from linli.foundation.privacy.education.scenarios import all_scenarios
from linli.foundation.privacy.education.signs import signs_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def phones(world, settings, tmp_path):
    """Staff of the community with mobile phones, and the text messages that arrived at them."""
    settings.LINLI_HOME = tmp_path
    with world.scope():
        for n, who in enumerate(
            ("community_director", "community_worker", "grid_lead", "grid_worker", "other_grid_worker")
        ):
            account = Account.objects.get(pk=world.accounts[who].pk)
            account.phone = f"1990088{n:04d}"
            account.save()

    def read() -> list[dict]:
        return [json.loads(line) for line in (tmp_path / "phones" / "outbox.ndjson").read_text().splitlines()]

    return read


def link_in(text: str) -> str:
    return actions.TOKEN.search(text).group(1)


@pytest.mark.parametrize("scenario", all_scenarios().values(), ids=lambda scenario: scenario.key)
def test_the_signs_that_a_message_teaches_are_really_in_it(scenario):
    found = {sign.code for sign in signs_in(scenario.message("http://127.0.0.1:8000/d/x", "zh-hans"))}
    assert set(scenario.signs) <= found


def test_what_the_community_really_writes_shows_no_sign_of_money_codes_or_threats():
    honest = "您反映的“楼道灯不亮”已经修好，请回复满意不满意。有事打社区电话。"
    assert not {"code", "money", "threat", "share", "prize"} & {sign.code for sign in signs_in(honest)}


def test_staff_receive_it_and_only_counts_remain(world, monday_morning, phones):
    with world.scope():
        director = actor_of(world.accounts["community_director"])
        actions.start_drill("list_for_office", actor=director)
        arrived = phones()
        assert len(arrived) == 5
        assert actions.open_practice_link(link_in(arrived[0]["text"])).key == "list_for_office"
        assert actions.report_suspicious(f"收到这个：{arrived[1]['text']}").key == "list_for_office"
        result = drills(director)[0]
        assert (result.sent, result.opened, result.reported) == (5, 1, 1)
        assert result.by_grid == []
        assert not Notice.objects.exclude(text="").filter(key__startswith="drill:").exists()
        names = {field.name for field in DrillMessage._meta.get_fields()}
        assert not names & {"account", "resident", "phone"}


def test_a_link_that_nobody_sent_is_unknown(world):
    with pytest.raises(NotFound):
        actions.open_practice_link("A" * 22)
    assert actions.report_suspicious("http://example.com/d/" + "A" * 22) is None


def test_residents_are_not_tested_unless_they_agreed(world, monday_morning, phones):
    with world.scope(), pytest.raises(Invalid) as refusal:
        actions.start_drill("gift_eggs", actor=actor_of(world.accounts["community_director"]))
    assert refusal.value.code == "nobody_to_practise"


def test_the_same_message_is_not_sent_twice_in_a_month(world, monday_morning, phones):
    with world.scope():
        dpo = actor_of(world.accounts["dpo"])
        actions.start_drill("account_stops", actor=dpo)
        with pytest.raises(Conflict):
            actions.start_drill("account_stops", actor=dpo)


def test_a_grid_worker_starts_no_drill(world, monday_morning, phones):
    with world.scope(), pytest.raises(NotAllowed):
        actions.start_drill("account_stops", actor=actor_of(world.accounts["grid_worker"]))
