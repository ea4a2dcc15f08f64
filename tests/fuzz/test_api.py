"""Generated input never breaks the API, whoever sends it, and no answer ever tells one community about another.

Each generated request is sent as it is, and once more with every number in it replaced by one of an object that exists:
of the own community, so that it gets past the first check, and of the other one, where it must be refused.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import pytest
import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings

from linli.config.wsgi import application
from linli.faces.openapi.api import api
from tests.fuzz.conftest import FAR, MARK, THEIR_NAME, TwoCommunities
from tests.sweep.objects import Objects
from tests.sweep.test_permissions import PARAMETERS

pytestmark = [pytest.mark.fuzz, pytest.mark.django_db]

ROLES = (
    "community_director", "community_worker", "grid_worker", "elder", "family_proxy", "dpo", "auditor",
    "property_company", "street_office", "building_lead", "wall_display", "analyst", "nobody",
)  # fmt: skip
THOROUGH = frozenset({"community_director", "elder"})
BODY_NUMBERS = {
    "resident_id": lambda o: o.elder.pk,
    "speaker_id": lambda o: o.elder.pk,
    "guardian_id": lambda o: o.elder.pk,
    "building_id": lambda o: o.building.pk,
    "entrance_id": lambda o: o.home.entrance_id,
    "estate_id": lambda o: o.building.estate_id,
    "home_id": lambda o: o.home.pk,
    "grid_id": lambda o: o.grid.pk,
    "facility_id": lambda o: o.lift.pk,
    "device_id": lambda o: o.device.pk,
    "into_id": lambda o: o.case.pk,
    "account_id": lambda o: o.daughter.pk,
    "handler_id": lambda o: o.daughter.pk,
    "photo_ids": lambda o: [o.photo.pk],
    "mention_ids": lambda o: [o.daughter.pk],
    # Rows of a case have no example there; a number of the other side stands for them.
    "check_id": lambda o: o.case.pk,
    "spending_id": lambda o: o.case.pk,
    "partner_id": lambda o: o.partner.pk,
    "request_id": lambda o: o.request.pk,
    "device": lambda o: o.device.code,
}
SENDERS_OWN = {"client_key"}
"""Names that whoever sends makes up: they point at nothing of anybody's."""
NAMES_NO_OBJECT = {"verb", "key", "kind", "state", "type", "form"}
THEIR_PHONES = re.compile(r"1990002\d{4}")


def settings_of(examples: int, *phases: Phase) -> settings:
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )


schema = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/v1/"))
schema.app = lambda environ, start: application({"REMOTE_ADDR": "192.0.2.1", **environ}, start)


@pytest.mark.parametrize("who", sorted(THOROUGH))
@schema.parametrize()
@settings_of(10, Phase.explicit, Phase.generate)
def test_nothing_that_is_sent_breaks_the_api_or_tells_of_another_community(case, who, two):
    send_three_ways(case, who, two)


@pytest.mark.parametrize("who", [who for who in ROLES if who not in THOROUGH])
@schema.parametrize()
@settings_of(3, Phase.generate)
def test_nor_does_it_in_any_other_role(case, who, two):
    send_three_ways(case, who, two)


def send_three_ways(case, who: str, two: TwoCommunities) -> None:
    headers = {"Accept-Encoding": "identity"}
    if who != "nobody":
        headers["Authorization"] = f"Bearer {two.tokens[who]}"
    with transaction.atomic():
        look_at(case, call(case, headers), two)
        look_at(own := pointing_at(case, two.ours), call(own, headers), two)
        foreign = pointing_at(case, two.theirs)
        response = call(foreign, headers)
        look_at(foreign, response, two)
        if names_an_object(foreign):
            assert response.status_code >= 400, f"{foreign.path} of another community: {response.status_code}"
        transaction.set_rollback(True)


def call(case, headers: dict[str, str]):
    return case.call(headers=headers)


def pointing_at(case, objects: Objects):
    """The same request with the numbers of these objects wherever it names one."""
    path = {
        name: PARAMETERS[name](objects) if name in PARAMETERS and name not in NAMES_NO_OBJECT else value
        for name, value in (case.path_parameters or {}).items()
    }
    query = {
        name: BODY_NUMBERS[name](objects)
        if name in BODY_NUMBERS and name not in {"photo_ids", "mention_ids"}
        else value
        for name, value in (case.query or {}).items()
    }
    body = replaced(case.body, objects) if isinstance(case.body, dict | list) else case.body
    return case.operation.Case(
        method=case.method, path_parameters=path, query=query, body=body, media_type=case.media_type,
        headers=case.headers, cookies=case.cookies,
    )  # fmt: skip


def replaced(value: Any, objects: Objects) -> Any:
    if isinstance(value, dict):
        return {
            name: BODY_NUMBERS[name](objects) if name in BODY_NUMBERS and one is not None else replaced(one, objects)
            for name, one in value.items()
        }
    return [replaced(one, objects) for one in value] if isinstance(value, list) else value


OPEN_TO_EVERYBODY = {"/api/v1/numbers/{community}"}
"""Numbers that a community has published under its name: whoever likes may compare."""


def names_an_object(case) -> bool:
    if case.operation.path in OPEN_TO_EVERYBODY:
        return False
    in_path = any(name in PARAMETERS and name not in NAMES_NO_OBJECT for name in case.path_parameters or {})
    body = case.body if isinstance(case.body, dict) else {}
    return in_path or any(body.get(name) is not None for name in BODY_NUMBERS)


def names_sent() -> set[str]:
    """Every name in a query or a body, at any depth, that says whose or which."""
    found: set[str] = set()

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            found.update(part.get("properties", {}))
            for one in part.values():
                walk(one)
        elif isinstance(part, list):
            for one in part:
                walk(one)

    described = api.get_openapi_schema(path_prefix="/api/v1/")
    shapes = described["components"]["schemas"]
    for operations in described["paths"].values():
        for operation in operations.values():
            found.update(one["name"] for one in operation.get("parameters", []) if one["in"] == "query")
            body = json.dumps(operation.get("requestBody", {}))
            walk(json.loads(body))
            walk([shapes[name] for name in re.findall(r"#/components/schemas/([^\"]+)", body)])
    return {name for name in found if name.endswith(("_id", "_ids", "_key"))}


def test_whatever_names_an_object_is_pointed_at_the_other_community():
    """A new route that takes a number is not left out because nobody thought of this list."""
    assert names_sent() - set(BODY_NUMBERS) == SENDERS_OWN


def look_at(case, response, two: TwoCommunities) -> None:
    """A success, or a problem that says what was wrong; and nothing of the other community that was not in the question."""
    if response.status_code == 503:
        assert response.json()["code"] == "message_server_away"
    else:
        assert response.status_code < 500, response.content
    if response.status_code >= 400:
        assert response.headers["content-type"] == ["application/problem+json"], response.content
    asked = json.dumps([case.path_parameters, case.query, said(case.body)], ensure_ascii=False, default=str)
    text = readable(response.content)
    if case.operation.path in OPEN_TO_EVERYBODY:
        text = text.replace(THEIR_NAME, "")
    assert MARK not in text or MARK in asked, text
    assert not set(THEIR_PHONES.findall(text)) - set(THEIR_PHONES.findall(asked)), text
    told = {int(number) for number in re.findall(r"(?<![\d.])\d{7}(?![\d.])", text) if int(number) >= FAR}
    sent = {int(number) for number in re.findall(r"\d+", asked)}
    assert not (told & two.their_numbers) - sent, text


def readable(content: bytes) -> str:
    """What stands in an answer; of a workbook, what stands in each of its parts."""
    if content[:1] in (b"{", b"["):
        return json.dumps(json.loads(content), ensure_ascii=False)
    if not content.startswith(b"PK"):
        return content.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return " ".join(archive.read(name).decode(errors="replace") for name in archive.namelist())


def said(body: object) -> object:
    return body if isinstance(body, dict | list | str | int | float | None) else str(body)


def test_the_other_community_would_be_recognised(two):
    """The net has no hole: its own director's answers are full of what no answer of ours may hold."""
    from linli.foundation.accounts.models import Account
    from linli.foundation.accounts.sign_in import issue_token

    account = Account.objects.get(username="community_director-2")
    token, seen = issue_token(account, label="fuzz"), {"mark": 0, "numbers": 0}
    for address in ("/requests", "/cases", "/registry/residents", "/devices", "/warnings", "/me"):
        operation = schema[f"/api/v1{address}"]["GET"]
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        text = readable(operation.Case().call(headers=headers).content)
        seen["mark"] += MARK in text
        seen["numbers"] += bool({int(n) for n in re.findall(r"\d{7}", text)} & two.their_numbers)
    assert seen["mark"] >= 4 and seen["numbers"] >= 5
