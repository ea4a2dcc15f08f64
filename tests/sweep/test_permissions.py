"""Every route × every person × own and other community."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver

from linli.faces.openapi.api import api
from tests.sweep.objects import Objects, place_objects
from tests.sweep.routes import PEOPLE, ROUTES

pytestmark = pytest.mark.django_db

PARAMETERS = {
    "photo_id": lambda o: o.photo.pk,
    "resident_id": lambda o: o.elder.pk,
    "consent_id": lambda o: o.consent.pk,
    "case_id": lambda o: o.case.pk,
    "number": lambda o: o.case.number,
    "verb": lambda o: "note",
    "request_id": lambda o: o.request.pk,
    "warning_id": lambda o: o.warning.pk,
    "code": lambda o: o.device.code,
    "id": lambda o: o.quarantined.pk,
    "building_id": lambda o: o.building.pk,
    "what": lambda o: "cases",
    "kind": lambda o: "residents",
    "upload_id": lambda o: "0" * 32,
}
SHARED = {"what", "verb", "kind", "upload_id"}
"""Parameters that name no object of a community."""

ANSWERED = {"POST /api/v1/requests/<request_id>/rating", "POST /portal/matters/<request_id>/rate/"}
"""Routes that need the request whose case waits for a rating."""


def mounted() -> Iterator[str]:
    """``METHOD /route`` of everything the project answers to; a page is listed once, by its route."""
    operations = {
        f"/api/v1{prefix}{path}": [method for operation in view.operations for method in operation.methods]
        for prefix, router in api._routers
        for path, view in router.path_operations.items()
    }
    for path, methods in operations.items():
        for method in methods:
            yield f"{method} {plain(path)}"

    def walk(resolver, prefix):
        for entry in resolver.url_patterns:
            route = prefix + str(entry.pattern)
            if hasattr(entry, "url_patterns"):
                yield from walk(entry, route)
            else:
                yield route

    for route in walk(get_resolver(), "/"):
        if route.startswith("/api/v1/"):
            continue
        yield f"PAGE {plain(route)}"


def plain(route: str) -> str:
    route = re.sub(r"[<{](?:\w+:)?(\w+)[>}]", r"<\1>", route)
    return route.replace("^", "").replace("\\Z", "").replace("$", "")


def test_the_table_lists_every_route_and_only_routes():
    routes = set(mounted())
    listed = {key if "/api/v1/" in key else f"PAGE {key.split(' ', 1)[1]}" for key in ROUTES} - {
        "GET /api/v1/openapi.json"
    }
    assert sorted(routes - listed) == [], "add these to tests/sweep/routes.py"
    assert sorted(listed - routes) == [], "these routes are gone"


def served(response) -> bool:
    """Whether the person got through: neither refused nor sent to sign in."""
    assert response.status_code < 500, response.content[:2000]
    sent_away = response.status_code in (301, 302) and "/sign-in/" in response.headers["Location"]
    return response.status_code not in (401, 403, 404) and not sent_away


def address(route: str, objects: Objects, key: str) -> str:
    def value(match) -> str:
        name = match.group(1)
        if name == "request_id" and key in ANSWERED:
            return str(objects.answered_request.pk)
        return str(PARAMETERS[name](objects))

    return re.sub(r"<(\w+)>", value, route)


def ask(client: Client, key: str, target: Objects, mine: Objects):
    method, route = key.split(" ", 1)
    url = address(route, target, key)
    body = ROUTES[key].body
    content = body(target) if body else {}
    with transaction.atomic():
        if method == "GET":
            response = client.get(url)
        elif url.startswith("/api/"):
            response = client.post(url, json.dumps(content), content_type="application/json")
        else:
            response = client.post(url, content)
        transaction.set_rollback(True)
    return response


@pytest.fixture
def ours(world) -> Objects:
    return place_objects(world)


@pytest.fixture
def theirs(other_world) -> Objects:
    return place_objects(other_world)


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_each_person_gets_through_exactly_where_the_table_says(who, world, ours):
    client = Client()
    wrong = []
    for key, rule in ROUTES.items():
        if who != "nobody":
            client.force_login(world.accounts[who], backend="django.contrib.auth.backends.ModelBackend")
        response = ask(client, key, ours, ours)
        if served(response) != (who in rule.open_to):
            wrong.append(f"{key}: {response.status_code}, expected {'through' if who in rule.open_to else 'refused'}")
    assert wrong == []


@pytest.mark.parametrize("who", sorted(PEOPLE - {"nobody"}))
def test_nobody_reaches_another_communitys_objects(who, world, ours, theirs):
    client = Client()
    reached = []
    for key in ROUTES:
        names = set(re.findall(r"<(\w+)>", key))
        if not names - SHARED:
            continue
        client.force_login(world.accounts[who], backend="django.contrib.auth.backends.ModelBackend")
        response = ask(client, key, theirs, ours)
        if served(response):
            reached.append(f"{key}: {response.status_code}")
    assert reached == []
