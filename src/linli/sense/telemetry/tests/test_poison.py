import json
import pytest
from linli.sense.telemetry.tests.test_taking_in_a_candidate import *

def test_twice_one_key(bridge):
    one = {"p": "sensor", "stat_t": "a"}
    long = "k" * 64
    bridge.say("homeassistant/device/x/config", {"dev": {"ids": "x"}, "cmps": {long + "1": one, long + "2": one}})

def test_twice_one_key_b(bridge):
    one = {"p": "sensor", "stat_t": "a"}
    bridge.say("homeassistant/device/x/config", {"dev": {"ids": "x"}, "cmps": {"": one, "x": one}})

def test_deep(bridge, director):
    bridge.announce("a", dev_cla="temperature", unit_of_meas="°C")
    take(Candidate.objects.get(), director)
    for n in range(600, 1010):
        bridge.say("zigbee2mqtt/Hall", b'{"a":' + b"[" * n + b"]" * n + b"}")

def test_long_topic(bridge):
    bridge.say("homeassistant/sensor/" + "x" * 300 + "/config", {"stat_t": "a"})
    from linli.sense.telemetry.models import CandidateOffer
    print([len(o.topic) for o in CandidateOffer.objects.all()])

@pytest.mark.parametrize("p", [b"NaN", b"1e999", b"9"*4000, b"-Infinity", b'"\\ud800"', b"\xff", b"", b"{}", b'"' + b"1"*5000 + b'"', b'[[1]]'])
def test_values(bridge, director, p):
    bridge.announce("a", dev_cla="temperature", unit_of_meas="°C", val_tpl="{{ value_json.a | int | round(2) }}")
    bridge.announce("b", "binary_sensor", dev_cla="door", val_tpl="{{ value | float }}")
    take(Candidate.objects.get(), director)
    print(bridge.say("zigbee2mqtt/Hall", b'{"a":' + p + b"}"))
    print(bridge.say("zigbee2mqtt/Hall", p))
    bridge.announce("\ud800x", dev_cla="temp\ud800erature", unit_of_meas="\ud800", name="\ud800", on="\0")
