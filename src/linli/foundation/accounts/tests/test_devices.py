"""What a browser says about itself becomes words, and an address becomes half of it."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.accounts.devices import device_of, in_words, network_in_words, network_of


@pytest.mark.parametrize(
    ("agent", "device", "words"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0",
            "iphone.wechat",
            "iPhone，微信",
        ),
        (
            "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 Chrome/114 Mobile HuaweiBrowser/5.0",
            "harmony.huawei",
            "鸿蒙手机，华为浏览器",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
            "linux.firefox",
            "Linux 电脑，Firefox",
        ),
        ("curl/8.5.0", "other.other", "一台设备"),
        ("", "other.other", "一台设备"),
    ],
)
def test_a_browser_is_named_as_its_owner_would(agent, device, words):
    assert device_of(agent) == device
    assert in_words(device) == words


@given(st.text(max_size=400))
def test_any_user_agent_is_some_device(agent):
    assert in_words(device_of(agent))
    assert len(device_of(agent)) <= 40


@given(st.ip_addresses(v=4))
def test_half_of_an_address_is_kept(address):
    kept = network_of(str(address))
    first, second, *_hidden = str(address).split(".")
    assert kept == f"{first}.{second}.*.*"
    assert network_in_words(kept)


@given(st.ip_addresses(v=6))
def test_of_the_long_kind_a_quarter(address):
    kept = network_of(str(address))
    assert network_in_words(kept)
    if address.ipv4_mapped is None:
        assert ipaddress.ip_address(address) in ipaddress.ip_network(kept)
        assert kept.endswith("/32")


def test_what_is_no_address_leaves_nothing():
    assert network_of("unknown") == ""
