"""Real processes: one small estate, from founding to a warning that became a case."""

import json
import time

import httpx
import pytest

from linli.simulator.doors.api import Refused
from linli.simulator.doors.pages import Pages
from linli.simulator.instance import Instance, port_is_free
from linli.simulator.people.toil import CHECKLISTS, UNITS


@pytest.mark.slow
def test_a_trapped_rider_is_noticed_without_anybody_reporting():
    with Instance.ephemeral(seed=1, speed=60, estates=1) as instance:
        url, home, port = instance.url, instance.home, instance.port
        with httpx.Client(base_url=f"{url}/api/v1", trust_env=False, timeout=20) as http:
            director = _sign_in(http, home)
            assert http.post("/demo/happen", json={"what": "trapped"}).status_code == 201
            warning = _eventually(
                lambda: next(
                    (w for w in http.get("/warnings", headers=director).json()["items"] if w["kind"] == "trapped"),
                    None,
                )
            )
            assert warning["level"] == "P0"
            case = _eventually(
                lambda: next(
                    (
                        c
                        for c in http.get("/cases", headers=director).json()["items"]
                        if c["warning_id"] == warning["id"]
                    ),
                    None,
                )
            )
            assert case["level"] == "P0"
            assert http.get("/telemetry/status", headers=director).json()["quarantined"] == 0
    assert not home.exists()
    assert port_is_free(port)


def _sign_in(http, home) -> dict[str, str]:
    passwords = json.loads((home / "keys" / "demo-staff.json").read_text())
    answer = http.post("/sign-in", json={"username": "demo-director", "password": passwords["demo-director"]})
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def _eventually(look, seconds: float = 60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.3)
    raise AssertionError("it did not happen")


@pytest.mark.slow
def test_the_office_has_set_itself_up_and_announced_what_is_to_come(caplog):
    with Instance.ephemeral(seed=1, speed=60, estates=1, history_days=2) as instance:
        passwords = json.loads((instance.home / "keys" / "demo-staff.json").read_text())
        pages = Pages(instance.url, instance.home, passwords=passwords)
        director, anybody = pages.as_staff("demo-director"), pages.as_stranger()
        units = director.get("/workbench/rules/units/")
        assert all(unit.name in units for unit in UNITS)
        assert all(
            f"/checklists/{category}/" in director.get("/workbench/rules/checklists/") for category in CHECKLISTS
        )
        pauses = director.get("/workbench/warnings/pauses/")
        assert "水务公司换进水总阀" in pauses and "年检" in pauses
        assert "晚河" in anybody.get("/around/wanhe/") and "进水压力" in anybody.get("/around/wanhe/")
        with pytest.raises(Refused):
            director.post("/workbench/rules/units/new/", {"kind": "nothing"})
        pages.close()
    assert [record.getMessage() for record in caplog.records if record.name == "linli.simulator.script"] == []
