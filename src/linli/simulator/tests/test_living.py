"""Real processes: one small estate, from founding to a warning that became a case."""

import time

import httpx
import pytest

from linli.simulator.instance import Instance, port_is_free


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
    import json

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
