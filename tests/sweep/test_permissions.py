"""Every route × every person × own and other community."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver

from linli.faces.openapi.api import api
from linli.testing import SmallCommunity
from tests.sweep.headers import may_be_kept, wrong_with
from tests.sweep.objects import Objects, place_objects
from tests.sweep.routes import PEOPLE, ROUTES

pytestmark = pytest.mark.django_db

PARAMETERS = {
    "device_id": lambda o: o.device.pk,
    "candidate_id": lambda o: o.candidate.pk,
    "photo_id": lambda o: o.photo.pk,
    "voice_id": lambda o: o.voice.pk,
    "resident_id": lambda o: o.elder.pk,
    "consent_id": lambda o: o.consent.pk,
    "round_id": lambda o: o.round.pk,
    "visit_id": lambda o: o.visit.pk,
    "purpose": lambda o: "door_care",
    "case_id": lambda o: o.case.pk,
    "errand_id": lambda o: o.errand.pk,
    "unit_id": lambda o: o.unit.pk,
    "card_id": lambda o: o.card.pk,
    "template_id": lambda o: o.template.pk,
    "version_id": lambda o: o.deadline_version.pk,
    "request_id": lambda o: o.request.pk,
    "warning_id": lambda o: o.warning.pk,
    "code": lambda o: o.device.code,
    "change_id": lambda o: o.change.pk,
    "opinion_id": lambda o: o.opinion.pk,
    "id": lambda o: o.quarantined.pk,
    "message_id": lambda o: o.quarantined.pk,
    "rights_id": lambda o: o.rights.pk,
    "joint_id": lambda o: o.joint.pk,
    "partner_id": lambda o: o.partner.pk,
    "study_id": lambda o: o.study.pk,
    "question_id": lambda o: o.question.pk,
    "look_id": lambda o: o.look.pk,
    "plan_id": lambda o: o.plan.pk,
    "hold_id": lambda o: o.hold.pk,
    "declaration_id": lambda o: o.draft.pk,
    "assessment_id": lambda o: o.assessment.pk,
    "way_id": lambda o: o.way.pk,
    "upload_id": lambda o: o.upload.pk,
    "run_id": lambda o: o.run,
    "export_id": lambda o: o.export.pk,
    "account_id": lambda o: o.daughter.pk,
    "authority_id": lambda o: o.daughter.authorities.get().pk,
    "token": lambda o: o.rating_token,
    "verb": lambda o: "note",
    "what": lambda o: "cases",
    "kind": lambda o: "residents",
    "community": lambda o: o.community.code,
    "release_id": lambda o: o.release.pk,
    "suggestion_id": lambda o: o.suggestion.pk,
    "topic_id": lambda o: o.topic.pk,
    "estate_id": lambda o: o.building.estate_id,
    "arrival_id": lambda o: o.arrival.pk,
    "file_id": lambda o: o.orders.pk,
    "counter_id": lambda o: o.counter.pk,
}
NO_OBJECT = {
    "sheet",
    "verdict",
    "category",
    "key",
    "number",
    "verb",
    "what",
    "kind",
    "how",
    "form",
    "purpose",
    "size",
    "page",
}
"""Parameters that name no object of a community."""
OPENS_BY_ITSELF = {"token", "sign", "community"}
"""Parameters that are a permission: whoever holds the link may answer or read, signed in or not; what a community has
published is for everybody."""
DOORS = ("/sign-in/", "/sign-in/staff/")


def mounted() -> Iterator[tuple[str, set[str]]]:
    """(route, methods) of everything that the project answers to, asking each page what it takes."""
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            methods = {method for operation in view.operations for method in operation.methods}
            yield plain(f"/api/v1{prefix}{path}"), methods

    def walk(resolver, prefix):
        for entry in resolver.url_patterns:
            route = prefix + str(entry.pattern)
            if hasattr(entry, "url_patterns"):
                yield from walk(entry, route)
            else:
                yield plain(route)

    for route in walk(get_resolver(), "/"):
        if not route.startswith("/api/v1/"):
            yield route, set()


def plain(route: str) -> str:
    route = re.sub(r"[<{](?:\w+:)?(\w+)[>}]", r"<\1>", route)
    return route.replace("^", "").replace("\\Z", "").replace("$", "")


def address(key: str, objects: Objects) -> str:
    own = ROUTES[key].parameters
    return re.sub(r"<(\w+)>", lambda m: str((own.get(m[1]) or PARAMETERS[m[1]])(objects)), key.split(" ", 1)[1])


def names_in(body: dict) -> dict:
    """What the body names: files are the same everywhere."""
    return {name: value for name, value in body.items() if not isinstance(value, UploadedFile)}


def body_of(key: str, objects: Objects) -> dict:
    body = ROUTES[key].body
    return body(objects) if body else {}


class Person:
    """Somebody of a small community with a browser; what a question changed is undone, also in the browser."""

    def __init__(self, who: str, small: SmallCommunity):
        self.client = Client()
        if who != "nobody":
            self.client.force_login(small.accounts[who], backend="django.contrib.auth.backends.ModelBackend")
        self.cookies = self.client.cookies.output(header="", sep=";")

    def ask(self, key: str, objects: Objects, *, address_of: Objects | None = None) -> HttpResponse:
        self.client.cookies = SimpleCookie(self.cookies)
        url, content = address(key, address_of or objects), body_of(key, objects)
        with transaction.atomic():
            if key.startswith("GET"):
                response = self.client.get(url)
            elif url.startswith("/api/") and not any(isinstance(v, UploadedFile) for v in content.values()):
                response = self.client.post(url, json.dumps(content), content_type="application/json")
            else:
                response = self.client.post(url, content)
            transaction.set_rollback(True)
        assert response.status_code < 500 or response.status_code == ROUTES[key].status, response.content[:2000]
        return response


def refused(response: HttpResponse, *, form: bool = False) -> bool:
    """Told no, told that there is no such thing, or sent to sign in; a form does not offer such a choice (422)."""
    sent_to = urlsplit(response.headers.get("Location", "")).path
    return response.status_code in (401, 403, 404) or sent_to in DOORS or (form and response.status_code == 422)


def asked_again(response: HttpResponse) -> bool:
    """Sent back to the form with what was wrong in it, kept as a draft: nothing was done."""
    return "draft=" in urlsplit(response.headers.get("Location", "")).query


@pytest.fixture
def ours(world) -> Objects:
    return place_objects(world)


@pytest.fixture
def theirs(other_world) -> Objects:
    return place_objects(other_world)


def test_the_table_lists_every_route_and_only_routes():
    listed: dict[str, set[str]] = {"/api/v1/openapi.json": set()}
    for key in ROUTES:
        method, route = key.split(" ", 1)
        listed.setdefault(route, set()).add(method)
    there: dict[str, set[str]] = {"/api/v1/openapi.json": set()}
    for route, methods in mounted():
        there.setdefault(route, set()).update(methods)
    assert sorted(there.keys() - listed.keys()) == [], "add these to tests/sweep/routes.py"
    assert sorted(listed.keys() - there.keys()) == [], "these routes are gone"
    missing = {route: methods - listed[route] for route, methods in there.items() if methods - listed[route]}
    assert missing == {}, "the API takes these methods too"


def test_the_table_lists_every_method_that_a_page_takes(world, ours):
    """A page says which methods it takes when it is asked with one that nobody uses."""
    people = [Person(who, world).client for who in ("community_director", "elder")]
    missing = []
    for key in ROUTES:
        route = key.split(" ", 1)[1]
        if route.startswith("/api/"):
            continue
        takes: set[str] = set()
        for client in people:
            answer = client.generic("TRACE", address(key, ours))
            takes.update(answer.headers.get("Allow", "").split(", "))
        missing += [f"{m} {route}" for m in ("GET", "POST") if m in takes and f"{m} {route}" not in ROUTES]
    assert not missing, "\n".join(sorted(set(missing)))


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_each_person_gets_through_exactly_where_the_table_says(who, world, ours):
    """And every answer on the way carries the headers, with nothing inline: one walk for both, it is a long one."""
    person, wrong = Person(who, world), []
    for key, rule in ROUTES.items():
        response = person.ask(key, ours)
        if who not in rule.open_to:
            form = key.startswith("POST") and "/api/" not in key
            right, expected = refused(response, form=form), "refused"
        elif rule.status:
            right, expected = response.status_code == rule.status, str(rule.status)
        else:
            right, expected = response.status_code < 400 and not refused(response), "through"
        if not right:
            wrong.append(f"{key}: {response.status_code} {response.headers.get('Location', '')}, expected {expected}")
        wrong += [f"{key}: {one}" for one in wrong_with(response)]
        if who != "nobody" and who in rule.open_to and may_be_kept(response):
            wrong.append(f"{key}: Cache-Control {response.headers.get('Cache-Control', '')!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", sorted(PEOPLE - {"nobody"}))
def test_nobody_reaches_another_communitys_objects(who, world, ours, theirs):
    person, reached = Person(who, world), []
    for key in ROUTES:
        names = set(re.findall(r"<(\w+)>", key)) - NO_OBJECT
        if names & OPENS_BY_ITSELF:
            continue
        if names and not refused(response := person.ask(key, theirs)):
            reached.append(f"{key}: {response.status_code}")
        names_inside = names_in(body_of(key, ours)) != names_in(body_of(key, theirs))
        if not names_inside:
            continue
        response = person.ask(key, theirs, address_of=ours)
        if response.status_code < 400 and not asked_again(response):
            reached.append(f"{key} with a body that names what is theirs: {response.status_code}")
    assert not reached, "\n".join(reached)
