"""The SensorThings service as a client meets it: from the root to the last observation, with every option."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client

from linli.foundation import clock
from linli.sense.open_sensors import actions
from linli.sense.open_sensors.models import OpenSensor
from linli.sense.open_sensors.sensorthings import observations
from linli.sense.open_sensors.tests.conftest import measure
from linli.sense.telemetry import sealing
from linli.sense.telemetry.lake import Lake
from linli.sense.telemetry.models import Device, HotObservation, IngestCursor
from linli.sense.telemetry.stream import STREAM

ROOT = "/sensorthings/mx/v1.1"


@pytest.fixture(params=["hot", "sealed", "half and half"])
def service(open_world, request, tmp_path):
    """The same answers wherever the observations lie."""
    if request.param != "hot":
        IngestCursor.objects.create(stream=STREAM, sequence=1)
        sealing.seal(Lake(tmp_path / "lake"), stream=STREAM, sequence=1, most=30 if "half" in request.param else 10_000)
        assert HotObservation.objects.exists() is ("half" in request.param)
    return open_world


def ask(path="", status=200, **options):
    query = "&".join(f"${name}={quote(text)}" for name, text in options.items())
    answer = Client().get(f"{ROOT}/{quote(path)}" + (f"?{query}" if query else ""))
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def results(answer):
    return [one["result"] for one in answer["value"]]


def ids(answer):
    return [one["@iot.id"] for one in answer["value"]]


VIBRATION = "Datastreams('LIFT-1:vibration')/Observations"


def test_a_client_walks_from_the_root_to_the_last_observation(service):
    sets = {one["name"]: one["url"] for one in ask()["value"]}
    assert set(sets) == {
        "Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties", "Observations",
        "FeaturesOfInterest",
    }  # fmt: skip
    client = Client()
    lift = next(one for one in client.get(sets["Things"]).json()["value"] if one["@iot.id"] == "LIFT-1")
    assert lift["name"] == "一号电梯"
    assert client.get(lift["@iot.selfLink"]).json() == lift
    place = client.get(lift["Locations@iot.navigationLink"]).json()["value"][0]
    assert place["encodingType"] == "application/geo+json"
    longitude, latitude = place["location"]["coordinates"]
    assert abs(longitude - 120.2) < 0.001 and abs(latitude - 30.18) < 0.001
    series = client.get(lift["Datastreams@iot.navigationLink"]).json()["value"]
    vibration = next(one for one in series if one["@iot.id"].endswith("vibration"))
    assert vibration["unitOfMeasurement"]["symbol"] == "m/s2"
    assert client.get(vibration["ObservedProperty@iot.navigationLink"]).json()["name"] == "左右抖动"
    last = client.get(vibration["Observations@iot.navigationLink"] + "?$top=1").json()["value"][0]
    assert last["result"] == 0.19
    assert client.get(last["@iot.selfLink"]).json() == last
    assert client.get(last["Datastream@iot.navigationLink"]).json() == vibration
    where = client.get(last["FeatureOfInterest@iot.navigationLink"]).json()
    assert where["feature"] == place["location"]


def test_every_relation_of_every_entity_leads_somewhere(service):
    client = Client()
    seen, waiting = set(), [one["url"] for one in ask()["value"]]
    while waiting:
        url = waiting.pop()
        if url in seen or len(seen) > 400:
            continue
        seen.add(url)
        answer = client.get(url)
        assert answer.status_code == 200, url
        body = answer.json()
        for entity in body.get("value", [body])[:3]:
            assert entity["@iot.id"] and entity["@iot.selfLink"].startswith("http")
            waiting += [link for name, link in entity.items() if name.endswith(("navigationLink", "selfLink"))]
    assert len(seen) > 60


def test_only_what_tells_of_nobody_and_only_from_the_day_on_is_open(service):
    assert [one for one in ids(ask("Datastreams")) if "occupied" in one or "power" in one or "floor" in one] == []
    ask("Datastreams('LIFT-1:car_occupied')", 404)
    assert len(results(ask(VIBRATION, count="true"))) == 20
    assert ask(VIBRATION, count="true")["@iot.count"] == 20


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("result gt 0.17", [0.19, 0.18]),
        ("result ge 0.05 and result lt 0.07", [0.06, 0.05]),
        ("not (result lt 0.19)", [0.19]),
        ("not result lt 0.19", [0.19]),
        ("result eq 0.01 or result eq 0.02", [0.02, 0.01]),
        ("result eq 0.01 or result eq 0.02 and result gt 1", [0.01]),
        ("(result mul 100) mod 10 gt 8.5", [0.19, 0.09]),
        ("result sub 0.1 gt 0.085", [0.19]),
        ("-1 mul result lt -0.185", [0.19]),
        ("round(result mul 100) eq 7", [0.07]),
        ("floor(result) eq 1", []),
        ("result ne null and result gt 0.185", [0.19]),
        ("result eq null", []),
        ("phenomenonTime lt 2026-03-02T01:01:00Z", [0.0]),
        ("phenomenonTime lt 2026-03-02T09:01:00.000+08:00", [0.0]),
        ("2026-03-02T01:01:00Z gt phenomenonTime", [0.0]),
        ("phenomenonTime ge 2026-03-02T01:18:00Z and resultTime le 2026-03-02T01:18:59Z", [0.18]),
        ("phenomenonTime ge 2026-03-02T01:00:00Z add duration'PT19M'", [0.19]),
        ("phenomenonTime gt 2026-03-03", []),
        ("minute(phenomenonTime) eq 3 and hour(phenomenonTime) eq 1 and year(phenomenonTime) eq 2026", [0.03]),
        ("date(phenomenonTime) eq 2026-03-02 and second(phenomenonTime) eq 0 and result lt 0.01", [0.0]),
        ("phenomenonTime gt now() add duration'P1D'", []),
        ("endswith(@iot.id, '1772413200000')", [0.0]),
        ("FeatureOfInterest/name eq '1 幢 1 单元电梯' and result gt 0.18", [0.19]),
        ("Datastream/unitOfMeasurement/symbol eq 'm/s2' and result gt 0.18", [0.19]),
        ("Datastream/Thing/properties/type eq 'climate'", []),
    ],
)  # fmt: skip
def test_observations_are_filtered(open_world, condition, expected):
    assert results(ask(VIBRATION, filter=condition)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("what", "condition", "expected"),
    [
        ("Things", "name eq '一号电梯'", ["LIFT-1"]),
        ("Things", "startswith(@iot.id, 'LIFT')", ["LIFT-1", "LIFT-2"]),
        ("Things", "endswith(id,'1')", ["LIFT-1", "POST-1"]),
        ("Things", "substringof('OST', id)", ["POST-1", "POST-2"]),
        ("Things", "contains(id, 'OST')", ["POST-1", "POST-2"]),
        ("Things", "tolower(id) eq 'post-2' or toupper(id) eq 'LIFT-2'", ["LIFT-2", "POST-2"]),
        ("Things", "length(id) eq 6 and indexof(id,'-') eq 4 and substring(id,5) eq '2'", ["LIFT-2", "POST-2"]),
        ("Things", "concat(concat(id,'/'),properties/type) eq 'POST-1/climate'", ["POST-1"]),
        ("Things", "trim(id) eq 'LIFT-1' and substring(id, 0, 4) eq 'LIFT'", ["LIFT-1"]),
        ("Things", "name eq 'it''s'", []),
        ("Things", "Datastreams/ObservedProperty/name eq '温度'", ["POST-1", "POST-2"]),
        ("Things", "Datastreams/ObservedProperty/id eq 'lift.vibration' and Locations/name eq '1 幢 1 单元电梯'", ["LIFT-1"]),
        ("Datastreams", "Thing/id eq 'POST-1'", ["POST-1:temperature", "POST-1:humidity"]),
        ("Datastreams", "unitOfMeasurement/symbol eq 'Cel' and Thing/properties/type eq 'climate'", ["POST-1:temperature", "POST-2:temperature"]),
        ("ObservedProperties", "Datastreams/Thing/properties/type ne 'lift'", ["temperature", "humidity"]),
        ("HistoricalLocations", "time le 2026-03-02T01:00:00Z and Thing/id eq 'POST-1'", ["POST-1"]),
        ("Things", "properties/nothing eq 'x'", []),
    ],
)  # fmt: skip
def test_entities_are_filtered(open_world, what, condition, expected):
    assert ids(ask(what, filter=condition)) == expected


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("result gt", 400),
        ("result gt 'x'", 400),
        ("result", 400),
        ("nonsense eq 1", 400),
        ("Datastream/nonsense eq 1", 400),
        ("result eq 1 1", 400),
        ("resultate(result) eq 1", 400),
        ("startswith(result)", 400),
        ("phenomenonTime gt 2026-13-40T99:00:00Z", 400),
        ("result gt 1 ; drop table", 400),
        ("(" * 200 + "result eq 1" + ")" * 200, 400),
        ("result lt null", 400),
        ("a" * 5000, 400),
        ("geo.distance(FeatureOfInterest/feature, geography'POINT (1 2)') lt 1", 501),
        ("Datastream/Observations/result gt 1", 501),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_with_words(open_world, condition, status):
    error = ask("Observations", status, filter=condition)["error"]
    assert error["code"] and error["message"]


def test_pages_lead_through_every_observation_once_while_new_ones_arrive(service):
    url, seen, pages = f"{ROOT}/Observations?$top=7", [], 0
    client = Client()
    while url:
        answer = client.get(url).json()
        seen += ids(answer)
        url, pages = answer.get("@iot.nextLink", ""), pages + 1
        measure(service, "LIFT-2", "vibration", [(60 + pages, 9.0)])
    assert len(seen) == len(set(seen)) == 37
    assert pages == 6
    times = [int(one.rsplit(":", 1)[1]) for one in seen]
    assert times == sorted(times, reverse=True)


def test_observations_come_in_the_order_asked_for(service):
    assert results(ask(VIBRATION, orderby="phenomenonTime asc", top="3")) == pytest.approx([0, 0.01, 0.02])
    assert results(ask(VIBRATION, orderby="resultTime desc", top="2", skip="1")) == pytest.approx([0.18, 0.17])
    assert results(ask("Observations", orderby="result desc", top="3")) == [29.0, 28.0, 27.0]
    page = ask("Observations", orderby="result desc", top="3", skip="35")
    assert len(page["value"]) == 2 and "@iot.nextLink" not in page
    by_stream = ask("Observations", orderby="Datastream/id asc,result desc", top="1")
    assert by_stream["value"][0]["@iot.id"].startswith("LIFT-1:service_mode")


def test_an_ascending_walk_with_skip_misses_nothing(service):
    url, seen = f"{ROOT}/{VIBRATION}?$orderby=phenomenonTime&$top=6&$skip=2", []
    while url:
        answer = Client().get(url).json()
        seen += results(answer)
        url = answer.get("@iot.nextLink", "")
    assert seen == pytest.approx([n / 100 for n in range(2, 20)])


def test_things_are_expanded_with_options_at_every_depth(service):
    answer = ask(
        "Things",
        filter="properties/type eq 'lift'",
        orderby="id desc",
        select="id,name",
        expand="Datastreams($filter=substringof('vibration',id);$select=id;$count=true;"
        "$expand=Observations($top=2;$orderby=phenomenonTime desc;$select=result),ObservedProperty($select=name)),"
        "Locations/HistoricalLocations",
    )
    second, first = answer["value"]
    assert set(second) == {"@iot.id", "@iot.selfLink", "name", "Datastreams", "Datastreams@iot.count", "Locations"}
    (series,) = first["Datastreams"]
    assert series["ObservedProperty"] == {"name": "左右抖动"}
    assert series["Observations"] == [{"result": 0.19}, {"result": 0.18}]
    assert first["Locations"][0]["HistoricalLocations"][0]["@iot.id"] == "LIFT-1"
    rest = Client().get(series["Observations@iot.nextLink"]).json()
    assert rest["value"][0] == {"result": 0.17}


def test_the_newest_value_of_every_stream_is_one_question(service, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        answer = ask("Datastreams", expand="Observations($top=1)")
    newest = {one["@iot.id"]: results({"value": one["Observations"]}) for one in answer["value"]}
    assert newest["POST-1:temperature"] == [29.0]
    assert newest["LIFT-2:vibration"] == [5.0]
    assert newest["POST-2:temperature"] == []


def test_an_observation_expands_what_it_belongs_to(service):
    one = ask(VIBRATION, top="1", expand="Datastream/Thing,FeatureOfInterest")["value"][0]
    assert one["Datastream"]["Thing"]["@iot.id"] == "LIFT-1"
    assert one["FeatureOfInterest"]["name"] == "1 幢 1 单元电梯"
    place = ask(
        f"FeaturesOfInterest('{one['FeatureOfInterest']['@iot.id']}')", expand="Observations($top=1;$count=true)"
    )
    assert place["Observations@iot.count"] == 22


def test_data_arrays_hold_the_same(service):
    answer = ask("Observations", resultFormat="dataArray", top="1000", count="true")
    assert answer["@iot.count"] == 37
    arrays = {one["Datastream@iot.navigationLink"].rsplit("(", 1)[1]: one for one in answer["value"]}
    vibration = arrays["'LIFT-1:vibration')"]
    assert vibration["components"] == ["id", "phenomenonTime", "resultTime", "result"]
    assert vibration["dataArray@iot.count"] == len(vibration["dataArray"]) == 20
    assert vibration["dataArray"][0][1:] == ["2026-03-02T01:19:00.000Z", "2026-03-02T01:19:00.000Z", 0.19]
    short = ask(VIBRATION, resultFormat="dataArray", select="result,phenomenonTime", top="2")["value"][0]
    assert short["components"] == ["phenomenonTime", "result"]
    ask("Things", 400, resultFormat="dataArray")


def test_properties_values_and_references_have_addresses(service):
    assert ask("Things('LIFT-1')/name") == {"name": "一号电梯"}
    assert Client().get(f"{ROOT}/Things('LIFT-1')/name/$value").content.decode() == "一号电梯"
    assert ask("Things('LIFT-1')/properties/type") == {"type": "lift"}
    references = ask("Things('LIFT-1')/Datastreams/$ref")["value"]
    assert set(references[0]) == {"@iot.selfLink"}
    assert ask("Datastreams('POST-1:temperature')/Thing/Locations")["value"][0]["name"] == "枫杨里 1 幢"
    assert results(ask("Things('POST-1')/Datastreams('POST-1:temperature')/Observations", top="1")) == [29.0]


@pytest.mark.parametrize(
    "path",
    [
        "Nothings", "Things('NO')", "Things('LIFT-1')/nothing", "Things/name", "Observations('x')",
        "Observations('LIFT-1:vibration:1')", "Observations('LIFT-1:car_occupied:1772413200000')",
        "Things('LIFT-1')/Datastreams('POST-1:temperature')", "Things('LIFT-1", "Things('LIFT-1')/name/first",
        "Datastreams('LIFT-1:vibration')/Thing('LIFT-1')", "$value", "Things('LIFT-1')/$ref/$ref", "a/" * 30,
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(open_world, path):
    assert ask(path, 404)["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "options",
    [
        "$top=-1", "$top=x", "$skip=1.5", "$count=maybe", "$nonsense=1", "$top=1&$top=2", "$expand=Nothing",
        "$expand=Datastreams($top=1", "$expand=Datastreams($nonsense=1)", "$expand=Datastreams(x)", "$select=nothing",
        "$orderby=nothing", "$orderby=name sideways", "$resultFormat=xml", "$skiptoken=1~x", "$expand=Locations,,",
        "$expand=Datastreams/Thing/Datastreams/Thing/Datastreams/Thing/Datastreams",
    ],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused(open_world, options):
    answer = Client().get(f"{ROOT}/Things?{options}")
    assert answer.status_code == 400, answer.content.decode()
    error = answer.json()["error"]
    assert error["code"] in ("option", "unknown_name") and error["message"]


def test_it_can_only_be_read(open_world):
    client = Client()
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(client, method)(f"{ROOT}/Things", data="{}", content_type="application/json")
        assert answer.status_code == 405
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert client.head(f"{ROOT}/Things").status_code == 200
    assert client.get(f"{ROOT}/Things").headers["Access-Control-Allow-Origin"] == "*"


def test_another_communitys_sensors_are_not_here(open_world, other_world):
    assert Client().get("/sensorthings/other/v1.1/Things").json() == {"value": []}
    assert Client().get("/sensorthings/other/v1.1/Things('LIFT-1')").status_code == 404
    assert Client().get("/sensorthings/nowhere/v1.1").status_code == 404


def test_closing_and_moving_take_it_away_at_once(open_world, director):
    opening = OpenSensor.objects.get(device__code="LIFT-1")
    Device.objects.filter(code="LIFT-2").update(building=open_world.buildings[0])
    assert ids(ask("Things")) == ["LIFT-1", "POST-1", "POST-2"]
    actions.close([opening.pk], "住户有意见", actor=director)
    assert ids(ask("Things")) == ["POST-1", "POST-2"]
    ask(VIBRATION, 404)
    Device.objects.filter(code="POST-1").update(home=open_world.homes[0])
    assert ids(ask("Things")) == ["POST-2"]
    assert actions.close_moved() == 2
    Device.objects.filter(code="POST-1").update(home=None)
    assert ids(ask("Things")) == ["POST-2"]


def test_a_question_that_would_read_too_much_says_how_to_narrow_it(open_world, tmp_path, monkeypatch):
    IngestCursor.objects.create(stream=STREAM, sequence=1)
    for day in range(1, 5):
        measure(open_world, "LIFT-1", "vibration", [(day * 1440 + n, 0.5) for n in range(10)])
    sealing.seal(Lake(tmp_path / "lake"), stream=STREAM, sequence=1)
    monkeypatch.setattr(observations, "MOST_ROWS", 15)
    with clock.frozen(open_world.since + timedelta(days=5)):
        assert ask("Observations", 400, count="true")["error"]["code"] == "too_much"
        assert ask("Observations", 400, orderby="result")["error"]["code"] == "too_much"
        narrow = ask("Observations", orderby="result", filter="phenomenonTime gt 2026-03-06T00:00:00Z")
        assert len(narrow["value"]) == 10
        url, seen = f"{ROOT}/{VIBRATION}?$filter=result lt 0.2", []
        while url:
            answer = Client().get(url).json()
            seen += results(answer)
            url = answer.get("@iot.nextLink", "")
        assert len(seen) == 20
