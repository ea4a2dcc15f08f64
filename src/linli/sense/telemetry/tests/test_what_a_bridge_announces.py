import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.discovery.announcing import Announcement, Unreadable, announcement
from linli.sense.telemetry.discovery.mapping import MEANINGS, UNITS, proposed, said, uses, way_of
from linli.sense.telemetry.discovery.templates import NotUnderstood, Silent, taken, understood
from linli.sense.telemetry.discovery.topics import (
    Announced,
    Place,
    announced,
    place_of,
    subjects_of,
)

HERE = Announced("sensor", "0x00158d", "temperature")


def announce(where=HERE, **said) -> Announcement:
    found = announcement(where, json.dumps(said).encode())
    assert found is not None
    return found


def offers(*given):
    """Offers of (component, device class, unit), each on a topic of its own."""
    said = {
        f"o{n}": {"p": component, "dev_cla": device_class, "unit_of_meas": unit, "stat_t": f"t/{n}"}
        for n, (component, device_class, unit) in enumerate(given)
    }
    return announce(Announced("device", "", "x"), dev={"ids": "x"}, cmps=said).offers


@pytest.mark.parametrize(
    ("topic", "found"),
    [
        ("homeassistant/sensor/0x00158d/temperature/config", Announced("sensor", "0x00158d", "temperature")),
        ("homeassistant/binary_sensor/garden/config", Announced("binary_sensor", "", "garden")),
        ("ha/of/ours/device/0A1/config", Announced("device", "", "0A1")),
        ("sensor/garden/config", None),
        ("homeassistant/sensor/garden/state", None),
        ("homeassistant/sensor/a b/config", None),
        ("zigbee2mqtt/hall/config", None),
        ("config", None),
    ],
)
def test_only_a_configuration_topic_announces(topic, found):
    assert announced(topic) == found


LEVELS = st.lists(
    st.text(
        st.characters(codec="utf-8", exclude_characters=" /+#\0*>\t\r\n\f\v", exclude_categories=["Z", "C"]), max_size=8
    ),
    min_size=1,
    max_size=6,
)


@given(LEVELS)
@example(["", "a", "", ""])
@example(["spBv1.0", "..", "温度"])
def test_a_topic_comes_back_from_its_subjects(levels):
    topic = "/".join(levels)
    for subject in subjects_of("mx", "HA-1", topic):
        assert place_of(subject.encode()) == Place("mx", "HA-1", topic)


def test_what_a_device_says_itself_is_no_bridges():
    assert place_of(b"$MQTT.msgs.linli.mx.lift-1.up") is None
    assert place_of(b"$MQTT.msgs.linli.ha.ha.up") is None
    assert place_of(b"linli.mx.HA-1.ha.zigbee2mqtt.up") == Place("mx", "HA-1", "zigbee2mqtt/up")


def test_an_abbreviated_announcement_is_read_like_the_long_one():
    short = announce(
        **{"~": "zigbee2mqtt/Hall", "name": "温度", "stat_t": "~", "dev_cla": "temperature", "unit_of_meas": "°C"},
        val_tpl="{{ value_json.temperature }}", dev={"ids": ["0x00158d"], "name": "大厅", "mf": "Aqara", "mdl": "T1"},
    )  # fmt: skip
    long = announce(
        name="温度", state_topic="zigbee2mqtt/Hall", device_class="temperature", unit_of_measurement="°C",
        value_template="{{ value_json.temperature }}",
        device={"identifiers": "0x00158d", "name": "大厅", "manufacturer": "Aqara", "model": "T1"},
    )  # fmt: skip
    assert short == long
    assert (short.key, short.name, short.maker, short.model) == ("0x00158d", "大厅", "Aqara", "T1")
    assert short.offers[0].state_topic == "zigbee2mqtt/Hall"


def test_a_base_topic_stands_at_either_end_of_a_topic():
    assert announce(**{"~": "a/b", "stat_t": "~/state"}).offers[0].state_topic == "a/b/state"
    assert announce(**{"~": "a/b", "stat_t": "state/~"}).offers[0].state_topic == "state/a/b"


def test_a_device_announces_all_it_has_at_once():
    found = announce(
        Announced("device", "", "0A1"), dev={"ids": ["0A1"], "name": "卧室"}, stat_t="bedroom/state",
        cmps={
            "t": {"p": "sensor", "device_class": "temperature", "unit_of_meas": "°C", "val_tpl": "{{ value_json.t }}"},
            "h": {"platform": "sensor", "device_class": "humidity", "unit_of_meas": "%", "stat_t": "bedroom/h"},
            "gone": {"p": "sensor"},
            "b": {"p": "button", "cmd_t": "bedroom/press"},
        },
    )  # fmt: skip
    assert [(offer.key, offer.state_topic) for offer in found.offers] == [("t", "bedroom/state"), ("h", "bedroom/h")]
    assert found.others == 1


def test_nothing_on_the_topic_withdraws_what_was_announced():
    assert announcement(HERE, b"") is None
    assert announcement(HERE, b" \n") is None


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{", "bad_json"),
        (b"[1]", "announced_not_an_object"),
        (b"[" * 100_000, "too_large"),
        (b"[" * 60_000, "bad_json"),
        (b'{"name": "x"}', "announced_without"),
        (b'{"stat_t": "zigbee2mqtt/#"}', "announced_topic"),
        (json.dumps({"stat_t": "x" * 300}).encode(), "announced_topic"),
    ],
)
def test_an_announcement_that_cannot_be_used_says_why(payload, code):
    with pytest.raises(Unreadable) as caught:
        announcement(HERE, payload)
    assert caught.value.fault.code == code


def test_a_device_with_more_than_anybody_looks_through_is_not_taken_down():
    with pytest.raises(Unreadable) as caught:
        offers(*[("sensor", "temperature", "°C")] * 61)
    assert caught.value.fault.code == "announced_too_much"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=20,
)
NAMES = st.sampled_from(
    [
        "~",
        "stat_t",
        "state_topic",
        "dev",
        "device",
        "ids",
        "cmps",
        "p",
        "dev_cla",
        "unit_of_meas",
        "val_tpl",
        "name",
        "pl_on",
    ]
)


@given(
    st.dictionaries(NAMES, JSON | st.dictionaries(NAMES, JSON, max_size=5), max_size=8),
    st.sampled_from(["sensor", "device"]),
)
def test_whatever_is_announced_is_read_or_refused_and_fits_its_row(said, component):
    try:
        found = announcement(Announced(component, "n", "o"), json.dumps(said).encode())
    except Unreadable:
        return
    for offer in found.offers if found else ():
        assert offer.state_topic and len(offer.state_topic) <= 255 and len(offer.template) <= 300
        assert len(offer.device_class) <= 40 and len(offer.unit) <= 40 and len(offer.on) <= 40 and len(offer.key) <= 64
    if found and found.offers:
        for kind in proposed(found.offers):
            uses(found.offers, kind)


@pytest.mark.parametrize(
    ("template", "message", "value"),
    [
        ("", "23.4", "23.4"),
        ("{{ value }}", "ON", "ON"),
        ("{{value|float}}", "23.4", 23.4),
        ("{{ value_json.temperature }}", {"temperature": 23.4}, 23.4),
        ("{{ value_json['ENERGY'].Total }}", {"ENERGY": {"Total": 12}}, 12),
        ('{{ value_json["a"][1] | round(1) }}', {"a": [0, 2.345]}, 2.3),
        ("{{ value_json.t | float(0) | round(0) }}", {"t": "21.6"}, 22.0),
        ("{{ value_json.n | int }}", {"n": "7.9"}, 7.0),
        ("{{ value_json.contact | is_defined }}", {"contact": False}, False),
        ("{{ value_json.word | float }}", {"word": "high"}, "high"),
    ],
)
def test_a_template_takes_the_value_it_names(template, message, value):
    assert taken(understood(template), message) == value


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ value_json.t }}", {}),
        ("{{ value_json.t | float(0) }}", {"t": None}),
        ("{{ value_json.t }}", {"t": "unavailable"}),
        ("{{ value_json.a.b }}", {"a": 3}),
        ("{{ value_json.a[2] }}", {"a": [1]}),
        ("", "unknown"),
    ],
)
def test_what_a_message_does_not_say_is_never_a_zero(template, message):
    with pytest.raises(Silent):
        taken(understood(template), message)


@pytest.mark.parametrize(
    "template",
    [
        "{{ states('sensor.x') }}",
        "{% if value_json.x %}1{% endif %}",
        "{{ value_json.x * 10 }}",
        "{{ value_json.x }} {{ value_json.y }}",
        "{{ value_json.__class__.mro() }}",
        "{{ value_json.get('x') }}",
        "{{ value_json }}",
        "{{ value.x }}",
        "{{ value_json.x | replace('a', 'b') }}",
        "{{ value_json.x | round(1, 'floor') }}",
        "{{ value_json.x" + ".x" * 20 + " }}",
        "{{ value_json." + "x" * 400 + " }}",
    ],
)
def test_a_template_that_does_more_is_refused(template):
    with pytest.raises(NotUnderstood):
        understood(template)


@given(st.text(alphabet="{}[]()|.'\"value_json xfloat0123,-%", max_size=60), JSON)
def test_no_template_does_anything_but_take(text, message):
    try:
        template = understood(text)
    except NotUnderstood:
        return
    try:
        value = taken(template, message)
    except Silent:
        return
    assert template.filters or value is message or value in _all_of(message)


def _all_of(message):
    inner = message.values() if isinstance(message, dict) else message if isinstance(message, list) else ()
    return [one for part in inner for one in (part, *_all_of(part))]


def test_every_meaning_is_a_declared_metric_and_every_unit_leads_into_it():
    for kinds in MEANINGS.values():
        for kind, metric in kinds.items():
            declared = CATALOGUE[kind].metrics[metric]
            assert declared.is_switch or UNITS[declared.unit], (kind, metric)


@pytest.mark.parametrize(
    ("given", "kinds"),
    [
        ([("sensor", "temperature", "°C"), ("sensor", "humidity", "%"), ("sensor", "battery", "%")], "climate"),
        ([("sensor", "temperature", "°C"), ("sensor", "humidity", "%"), ("sensor", "pm25", "µg/m³")], "air"),
        ([("binary_sensor", "smoke", ""), ("sensor", "battery", "%")], "smoke"),
        ([("sensor", "water", "L")], "water_meter"),
        ([("sensor", "energy", "kWh"), ("sensor", "voltage", "V")], "electricity_meter"),
        ([("sensor", "battery", "%")], None),
        ([("sensor", "temperature", "furlong")], None),
        ([("sensor", "", "°C")], None),
    ],
)
def test_the_kind_that_uses_most_of_what_is_offered_is_proposed_first(given, kinds):
    assert next(iter(proposed(offers(*given))), None) == kinds


def test_each_offer_that_is_not_used_says_why():
    found = offers(
        ("sensor", "temperature", "°C"), ("sensor", "temperature", "°F"), ("sensor", "voltage", "V"), ("sensor", "", "x"),
        ("sensor", "humidity", "g"), ("binary_sensor", "smoke", ""),
    )  # fmt: skip
    assert [(use.metric, use.trouble) for use in uses(found, "climate")] == [
        ("temperature", ""), ("", "taken"), ("", "no_metric"), ("", "no_class"), ("", "unit"), ("", "other_kind"),
    ]  # fmt: skip
    assert all(use.words for use in uses(found, "climate") if use.trouble)


@pytest.mark.parametrize(
    ("device_class", "unit", "kind", "metric", "shown", "ours"),
    [
        ("temperature", "°F", "climate", "temperature", 212, 100),
        ("temperature", "K", "climate", "temperature", 273.15, 0),
        ("water", "L", "water_meter", "volume", 1500, 1.5),
        ("water", "gal", "water_meter", "volume", 1000, 3.785411784),
        ("energy", "MJ", "electricity_meter", "energy", 3.6, 1),
        ("pressure", "bar", "pipe_pressure", "pressure", 3.2, 320),
        ("power", "kW", "charger", "power", 1.2, 1200),
        ("pm25", "mg/m³", "air", "pm25", 0.035, 35),
    ],
)
def test_units_become_ours(device_class, unit, kind, metric, shown, ours):
    (offer,) = offers(("sensor", device_class, unit))
    way = way_of(offer, metric, kind)
    assert way is not None
    assert said(way, str(shown)) == pytest.approx(ours)


def test_yes_and_no_are_the_words_that_were_announced():
    contact = announce(
        Announced("binary_sensor", "d", "contact"), dev_cla="door", stat_t="z/d", val_tpl="{{ value_json.contact }}", pl_on=False,
        pl_off=True,
    ).offers[0]  # fmt: skip
    way = way_of(contact, "open", "door_sensor")
    assert way is not None
    assert [said(way, {"contact": word}) for word in (False, True, "ajar")] == [1, 0, "ajar"]


def test_a_way_ends_when_what_is_offered_means_something_else():
    (offer,) = offers(("sensor", "temperature", "°C"))
    assert way_of(offer, "temperature", "climate") is not None
    assert way_of(offer, "humidity", "climate") is None
    assert way_of(offer, "temperature", "smoke") is None


@pytest.mark.parametrize("text", ["{{" + " " * 297, "{{" + " " * 290 + "}}x", "{{ value_json" + " " * 280 + "x"])
def test_a_template_of_many_spaces_is_refused_at_once(text):
    begun = time.perf_counter()
    for _ in range(20):
        with pytest.raises(NotUnderstood):
            understood(text)
    assert time.perf_counter() - begun < 1
