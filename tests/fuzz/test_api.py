"""Generated input never breaks the API: every answer is a success or a problem that says what was wrong."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import response_schema_conformance  # noqa: F401

from linli.foundation.accounts.sign_in import issue_token

pytestmark = [pytest.mark.fuzz, pytest.mark.django_db]


@pytest.fixture
def api_schema(world, other_world):
    from linli.config.wsgi import application

    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


schema = schemathesis.pytest.from_fixture("api_schema")


@pytest.mark.parametrize("who", ["community_director", "resident"])
@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_generated_input_breaks_the_api(case, world, who):
    token = issue_token(world.accounts[who], label="fuzz")
    response = case.call(headers={"Authorization": f"Bearer {token}"})
    if response.status_code == 503:
        assert response.json()["code"] == "broker_unreachable"
    else:
        assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert response.headers["content-type"].startswith("application/problem+json")
