"""您家里: each device with what it measures, for what, who may look, since when, last heard, and how to stop it."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.accounts.roles import Role
from linli.foundation.privacy.consents.actions import give_consent, withdraw_consent
from linli.foundation.privacy.sensing.models import Declaration
from linli.sense.telemetry.models import Device
from linli.understand.warnings.changing_rules import change_rule
from linli.understand.warnings.pausing import work_on
from linli.understand.warnings.rules import rules_in_force

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
PAGE = "/portal/me/sensing/"


@pytest.fixture
def elder(world, client):
    client.force_login(world.accounts["elder"])
    return client


@pytest.fixture
def meter(world, monday_morning):
    with world.scope():
        return Device.objects.create(
            code="meter-7", type="water_meter", name="厨房水表", home=world.residents["elder"].home,
            credential_digest="0" * 64, enrolled_at=monday_morning - timedelta(days=31),
            last_seen_at=monday_morning - timedelta(hours=2),
        )  # fmt: skip


def test_without_a_device_the_page_says_so(elder):
    assert "您家里没有装设备" in elder.get(PAGE).content.decode()


@pytest.mark.usefixtures("meter")
def test_a_meter_is_told_with_all_that_one_needs_to_know_and_can_be_stopped_from_here(world, elder):
    with world.scope():
        Declaration.objects.filter(type="water_meter", inside_homes=True).update(viewers=[Role.GRID_WORKER.value])
        given = give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
    told = elder.get(PAGE).content.decode()
    for words in ("厨房水表", "现在在看", "累计用水", "专职网格员", "2026-01-30", "2 小时前", "停掉“水表关怀”"):
        assert words in told
    stop = f"/portal/me/consents/?withdraw={given.pk}#purpose-water_care"
    assert f'href="{stop}"' in told
    assert "不再看我家水表" in elder.get(stop).content.decode()
    with world.scope():
        withdraw_consent(given, actor=world.actor("elder"))
    after = elder.get(PAGE).content.decode()
    assert "现在没有看" in after and "现在谁也不看" in after and "停掉“水表关怀”" not in after


@pytest.mark.usefixtures("meter")
def test_whoever_agreed_is_told_while_the_community_has_switched_every_rule_off(world, elder):
    with world.scope():
        give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
        of_water = [
            key for key, rule in rules_in_force().items() if rule.configured.purpose == "water_care" and rule.on
        ]
        *most, last = of_water
        for key in most:
            change_rule(key, on=False, settings={}, actor=world.actor("community_director"))
        assert "不会有人因此上门" not in elder.get(PAGE).content.decode()
        change_rule(last, on=False, settings={}, actor=world.actor("community_director"))
    for page in (PAGE, "/portal/me/consents/"):
        told = elder.get(page).content.decode()
        assert told.count("不会有人因此上门") == 1
        assert f"tel:{world.community.phone}" in told
    assert "社区关着" in elder.get(PAGE).content.decode()


@pytest.mark.usefixtures("meter")
def test_what_somebody_else_at_home_agreed_to_is_stopped_by_saying_no(world, elder):
    with world.scope():
        other = world.residents["resident"]
        other.home = world.residents["elder"].home
        other.save()
        give_consent(other, "water_care", channel="app", actor=world.actor("resident"))
    told = elder.get(PAGE).content.decode()
    assert "是家里别人同意的。您说不同意，也就停了。" in told
    assert "/portal/me/consents/?give=water_care#purpose-water_care" in told


def test_a_smoke_alarm_is_seen_by_who_works_here_and_a_device_of_others_is_not_told(world, elder):
    with world.scope():
        for code, who in (("smoke-1", "elder"), ("smoke-2", "neighbour")):
            Device.objects.create(code=code, type="smoke", name=code, home=world.residents[who].home,
                                  credential_digest="0" * 64, enrolled_at=clock.now())  # fmt: skip
        give_consent(world.residents["elder"], "smoke_care", channel="app", actor=world.actor("elder"))
    told = elder.get(PAGE).content.decode()
    assert "smoke-1" in told and "社区和这个网格的工作人员" in told and "还没有收到过" in told
    assert "smoke-2" not in told


@pytest.mark.parametrize("theme", ["standard", "elder"])
@pytest.mark.parametrize("begin", ["/portal/", "/portal/me/"])
def test_it_is_one_press_from_the_first_page_and_from_mine_and_offers_a_number_to_ask(world, elder, theme, begin):
    elder.post("/preferences/theme/", {"theme": theme, "next": "/portal/"})
    assert f'href="{PAGE}"' in elder.get(begin).content.decode()
    told = elder.get(PAGE).content.decode()
    assert told.index(f'href="tel:{world.community.phone}"') < told.index("您家里"), "before what is asked about"
    back = "/portal/" if theme == "elder" else "/portal/me/"
    assert f'href="{back}"' in told


def test_whoever_acts_for_somebody_without_a_say_over_information_is_not_led_there(world, client):
    client.force_login(world.accounts["family_proxy"])
    page = client.get("/portal/").content.decode()
    shown, opens = PAGE in page, client.get(PAGE).status_code == 200
    assert shown == opens


def test_while_the_smoke_alarm_is_worked_on_the_family_reads_that_nobody_comes(world, elder):
    with world.scope():
        Device.objects.create(code="smoke-1", type="smoke", home=world.residents["elder"].home, credential_digest="0" * 64,
                              enrolled_at=clock.now())  # fmt: skip
        give_consent(world.residents["elder"], "smoke_care", channel="app", actor=world.actor("elder"))
        assert "不会有人因此上门" not in elder.get(PAGE).content.decode()
        work_on("smoke-1", clock.now() + timedelta(hours=2), reason="battery", on_site="王师傅", note="换电池",
                actor=world.actor("grid_worker"))  # fmt: skip
    told = elder.get(PAGE).content.decode()
    assert "这段时间它报了，不会有人因此上门" in told and "王师傅" not in told
    with clock.frozen(clock.now() + timedelta(hours=3)):
        assert "不会有人因此上门" not in elder.get(PAGE).content.decode()
