"""What is exported as NGSI-LD fits the Smart Data Models, as their own package knows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pysmartdatamodels
import pytest
from django.test import Client

from linli.sense.open_sensors.rules.openness import open_metrics
from linli.sense.open_sensors.rules.smart_data_models import (
    ATTRIBUTES,
    CEFACT,
    CONTROLLED,
    SUBJECT,
    Source,
    Value,
    entities_of,
    simplified,
)
from linli.sense.telemetry.device_types import CATALOGUE

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
WHERE = "/ngsi-ld/mx/v1/entities"
KINDS = {"number": (int, float), "string": str, "array": list, "object": dict, "boolean": bool, "integer": int}


@cache
def attributes() -> Mapping[tuple[str, str], dict[str, Any]]:
    """The attributes of each model that we write, by (model, attribute)."""
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for one in pysmartdatamodels.load_all_attributes():
        model = one["dataModel"]
        if one["repoName"] == f"dataModel.{SUBJECT.get(model)}":
            known.setdefault((model, one["property"]), one)
    return known


@cache
def described(model: str) -> dict[str, Any]:
    return pysmartdatamodels.list_datamodel_metadata(model, f"dataModel.{SUBJECT[model]}")


def source(type_: str, *, at=(120.2, 30.18), **values: tuple[float, str]) -> Source:
    said = [Value(metric, unit, value, AT) for metric, (value, unit) in values.items()]
    return Source("D-1", type_, "设备", "中心花园", at, said, list(values))


SOURCES = [
    source("air", pm25=(35.0, "ug/m3"), pm10=(60, "ug/m3"), co2=(600, "[ppm]"), temperature=(22, "Cel"), humidity=(55, "%")),
    source("noise", level=(48.2, "dB"), peak=(60, "dB")),
    source("climate", temperature=(3, "Cel")),
    source("pipe_pressure", pressure=(310, "kPa")),
    source("street_lamp", lit=(1, ""), fault=(0, ""), power=(60, "W"), brightness=(80, "%")),
    source("street_lamp", lit=(0, "")),
    source("lift", vibration=(0.1, "m/s2"), faults=(3, "")),
    source("air", at=None, pm25=(35.0, "ug/m3")),
    source("noise"),
]  # fmt: skip


@pytest.mark.parametrize("one", SOURCES, ids=lambda one: f"{one.type}-{len(one.values)}")
def test_every_entity_fits_its_model(one):
    for entity in entities_of(one):
        fits(entity)


def fits(entity: dict[str, Any]) -> None:
    model = entity["type"]
    about = described(model)
    assert set(about["required"]) <= set(entity), model
    assert about["@context"] in entity["@context"]
    assert entity["id"].startswith(f"urn:ngsi-ld:{model}:")
    simple = simplified(entity)
    for name, value in entity.items():
        if name in ("id", "type", "@context"):
            continue
        known = attributes()[model, name]
        assert value["type"] == known["typeNGSI"], (model, name)
        assert isinstance(simple[name], KINDS[known.get("type", "object")]), (model, name)
        allowed = known.get("enum") or []
        for part in simple[name] if isinstance(simple[name], list) else [simple[name]]:
            assert not allowed or part in allowed, (model, name)


def test_the_models_are_those_that_the_package_knows():
    for attribute in (one for of_type in ATTRIBUTES.values() for one in of_type.values()):
        assert (attribute.model, attribute.name) in attributes()
    words = attributes()["Device", "controlledProperty"]["description"]
    for word in (one for of_type in CONTROLLED.values() for one in of_type.values()):
        assert word in words


def test_humidity_is_a_share_and_a_unit_is_said_where_it_is_known():
    air = next(one for one in entities_of(SOURCES[0]) if one["type"] == "WeatherObserved")
    assert air["relativeHumidity"]["value"] == 0.55
    assert "unitCode" not in air["relativeHumidity"]
    assert air["temperature"] == {
        "type": "Property", "value": 22, "observedAt": "2026-03-02T01:00:00.000Z", "unitCode": "CEL"
    }  # fmt: skip


def test_every_unit_of_the_catalogue_that_has_a_code_says_it():
    units = {
        one.metrics[key].unit
        for one in CATALOGUE.values()
        for key in open_metrics(one.key, one.metrics, sensitive=one.sensitive, in_a_home=False)
    }
    assert units - set(CEFACT) == {""}


def test_a_broker_reads_the_open_sensors_page_by_page(open_world):
    answer = Client().get(WHERE, {"limit": "2", "count": "true"})
    total = int(answer.headers["NGSILD-Results-Count"])
    seen = answer.json()
    while 'rel="next"' in answer.headers["Link"]:
        following = answer.headers["Link"].split(", ")[-1].split(">")[0].strip("<")
        answer = Client().get(following)
        seen += answer.json()
    assert len({one["id"] for one in seen}) == total == len(seen) > 4
    assert "@context" not in seen[0] and "json-ld#context" in answer.headers["Link"]


def test_an_entity_is_read_by_its_name_in_both_forms(open_world):
    name = "urn:ngsi-ld:DeviceMeasurement:LIFT-1:vibration"
    whole = Client().get(f"{WHERE}/{name}", headers={"Accept": "application/ld+json"})
    assert whole.headers["Content-Type"] == "application/ld+json"
    entity = whole.json()
    fits(entity)
    assert entity["numValue"]["value"] == 0.19
    simple = Client().get(f"{WHERE}/{name}", {"options": "keyValues"}).json()
    assert simple["numValue"] == 0.19 and simple["location"]["type"] == "Point"
    assert Client().get(f"{WHERE}/urn:ngsi-ld:Device:NO").status_code == 404


def test_types_names_and_attributes_choose(open_world):
    found = Client().get(WHERE, {"type": "Device", "attrs": "value", "options": "keyValues"}).json()
    assert found == [
        {"id": "urn:ngsi-ld:Device:POST-1", "type": "Device", "value": "temperature=29"}
    ]  # fmt: skip
    assert Client().get(WHERE, {"id": "urn:ngsi-ld:Device:POST-2"}).json()[0]["type"] == "Device"
    assert not [one for one in Client().get(WHERE).json() if "occupied" in one["id"]]


@pytest.mark.parametrize("query", ["limit=x", "limit=5000", "offset=-1", "q=a==1", "options=concise", "nonsense=1"])
def test_what_is_not_offered_is_refused(open_world, query):
    answer = Client().get(f"{WHERE}?{query}")
    assert answer.status_code == 400
    assert answer.json()["type"] == "https://uri.etsi.org/ngsi-ld/errors/BadRequestData"


def test_it_can_only_be_read(open_world):
    assert Client().post(WHERE, data="{}", content_type="application/json").status_code == 405
    assert Client().get("/ngsi-ld/nowhere/v1/entities").status_code == 404
