"""Generated input never breaks the API: every answer is a success or a problem that says what was wrong."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from linli.config.wsgi import application
from linli.faces.openapi.api import api
from linli.foundation.accounts.sign_in import issue_token
from tests.sweep.objects import place_objects

pytestmark = [pytest.mark.fuzz, pytest.mark.django_db]

MOST = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


schema = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/v1/"))
schema.app = lambda environ, start: application({"REMOTE_ADDR": "192.0.2.1", **environ}, start)


@schema.parametrize()
@MOST
def test_nothing_that_a_director_sends_breaks_the_api(case, director):
    send(case, director)


@schema.parametrize()
@MOST
def test_nothing_that_a_resident_sends_breaks_the_api(case, resident):
    send(case, resident)


@pytest.fixture
def objects(world):
    """One object of each kind, so that some generated numbers name something."""
    return place_objects(world)


@pytest.fixture
def director(world, objects):
    return issue_token(world.accounts["community_director"], label="fuzz")


@pytest.fixture
def resident(world, objects):
    return issue_token(world.accounts["elder"], label="fuzz")


def send(case, token: str) -> None:
    response = case.call(headers={"Authorization": f"Bearer {token}"})
    if response.status_code == 503:
        assert response.json()["code"] == "message_server_away"
    else:
        assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert response.headers["content-type"] == ["application/problem+json"], response.text
