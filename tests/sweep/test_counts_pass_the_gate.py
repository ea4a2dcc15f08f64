"""Every route that a visitor, a wall display or the street office may read says how counts about people stay in."""

from __future__ import annotations

import pytest
from django.test import Client

from linli.faces.kit.tests.outside import digits_outside_the_gate
from linli.testing import SmallCommunity
from tests.sweep.objects import place_objects
from tests.sweep.routes import ROUTES

STRANGERS = frozenset({"nobody", "wall_display", "street_office"})
GATED = "every number is Published: its own tests read the page for digits outside data-gate"
EMPTY = "rows that visible_to shows; these people see none"
PLACES = "buildings and other places of the community, which whoever walks there can count"
NONE = "no counts about people"
RULES = "versions, days and ages of the rules themselves: no counts about people"
DEVICES = "declared sensors and where they hang, as their signs say: no counts about people"
OPEN = "what machines and the air in shared places measure; what counts or follows people never opens"

COUNTS = {
    "GET /": NONE,
    "GET /manifest.webmanifest": NONE,
    "GET /service-worker.js": NONE,
    "GET /offline/": NONE,
    "GET /styleguide/": "examples of components with invented numbers",
    "GET /r/<token>": "the one matter that the link is about",
    "GET /c/<token>": PLACES,
    "GET /done/<community>/": "what staff wrote for everybody about single matters: no counts about people",
    "GET /done/<community>/<card_id>/<photo_id>": "a photo that staff chose for everybody",
    "GET /a/<token>": "the one warning that the link is about",
    "GET /e/<token>": "the one errand that the link is about",
    "GET /u/<token>": "the one subscription of the three rates that the link ends",
    "GET /e/<token>/photo/<photo_id>": "a photo of the one errand that the link is about",
    "GET /sign-in/": NONE,
    "GET /sign-in/again/": NONE,
    "GET /sign-in/again/second-factor/": NONE,
    "GET /sign-in/closed/": NONE,
    "GET /sign-in/second-factor/": NONE,
    "GET /sign-in/second-factor/mine/": NONE,
    "GET /sign-in/again/passkey/": NONE,
    "GET /sign-in/passkey/": NONE,
    "GET /sign-in/password/": NONE,
    "GET /sign-in/second-factor/passkey/": NONE,
    "GET /sign-in/second-factor/passkeys/": NONE,
    "GET /workbench/mine/": "the reader's own way in and exports",
    "GET /sign-in/second-factor/recovery/new/": NONE,
    "GET /sign-in/second-factor/set-up/": NONE,
    "GET /sign-in/staff/": NONE,
    "GET /sign-out/": NONE,
    "GET /cockpit/": GATED,
    "GET /cockpit/state": GATED,
    "GET /numbers/": GATED,
    "GET /numbers/compare/": GATED,
    "GET /numbers/<community>/": GATED,
    "GET /numbers/<community>/<number>/": GATED,
    "GET /numbers/<community>/<number>/<what>.<form>": GATED,
    "GET /api/v1/numbers/<community>": GATED,
    "GET /charter/": RULES,
    "GET /charter/<community>/": RULES,
    "GET /charter/<community>/charter.pdf": RULES,
    "GET /charter/<community>/proposed/": RULES,
    "GET /charter/<community>/versions/<number>/": RULES,
    "GET /charter/<community>/for/<key>/": RULES,
    "GET /api/v1/charter": RULES,
    "GET /api/v1/retention/terms": RULES,
    "GET /api/v1/charter/versions": RULES,
    "GET /around/": OPEN,
    "GET /around/<community>/": OPEN,
    "GET /sensorthings/<community>/v1.1": OPEN,
    "GET /sensorthings/<community>/v1.1/": OPEN,
    "GET /sensorthings/<community>/v1.1/<resource>": OPEN,
    "GET /ngsi-ld/<community>/v1/entities": OPEN,
    "GET /ngsi-ld/<community>/v1/entities/<entity>": OPEN,
    "GET /sensing/": DEVICES,
    "GET /sensing/<sign>/": DEVICES,
    "GET /api/v1/sensing": DEVICES,
    "GET /api/v1/sensing/declarations": DEVICES,
    "GET /api/v1/openapi.json": NONE,
    "GET /api/v1/me": NONE,
    "GET /api/v1/purposes": NONE,
    "GET /api/v1/lessons": NONE,
    "GET /api/v1/my/access-records": EMPTY,
    "GET /api/v1/my/consents": EMPTY,
    "GET /api/v1/rights-requests": EMPTY,
    "GET /api/v1/cases": EMPTY,
    "GET /api/v1/requests": EMPTY,
    "GET /api/v1/warnings": EMPTY,
    "GET /api/v1/devices": EMPTY,
    "GET /api/v1/registry/homes": EMPTY,
    "GET /api/v1/registry/residents": EMPTY,
    "GET /api/v1/registry/buildings": PLACES,
    "GET /api/v1/registry/estates": PLACES,
    "GET /api/v1/registry/facilities": PLACES,
    "GET /api/v1/registry/grids": PLACES,
    "GET /api/v1/registry/templates/<kind>": NONE,
}


def test_every_route_open_to_strangers_says_how_it_counts():
    open_ = {key for key, rule in ROUTES.items() if key.startswith("GET") and rule.open_to & STRANGERS}
    assert sorted(open_ - COUNTS.keys()) == [], (
        "say here how its numbers pass the gate, or that it has none about people"
    )
    assert sorted(COUNTS.keys() - open_) == [], "these are gone, or closed to strangers"


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["wall_display", "street_office"])
def test_lists_of_people_and_their_matters_are_empty_for_strangers(world: SmallCommunity, who, monday_morning):
    place_objects(world)
    client = Client()
    client.force_login(world.accounts[who])
    for key, how in COUNTS.items():
        if how == EMPTY:
            found = client.get(key.removeprefix("GET ")).json()
            rows = found["items"] if isinstance(found, dict) else found
            assert rows == [] and (not isinstance(found, dict) or found.get("count", 0) == 0), key


@pytest.mark.django_db
def test_pages_that_say_they_have_no_counts_have_none(world: SmallCommunity, monday_morning):
    """What a visitor reads without signing in holds no digit but the telephone and its hours."""
    client = Client()
    for key, how in COUNTS.items():
        if how != NONE or "<" in key or "/api/" in key or "nobody" not in ROUTES[key].open_to:
            continue
        answer = client.get(key.removeprefix("GET "), follow=True)
        if answer.headers["Content-Type"].startswith("text/html"):
            digits = digits_outside_the_gate(answer.content.decode(), r"0571-\d+-\d+|8:00–20:00|12345|404|1[39]\d*")
            assert [one for one in digits if "位" not in one and "分钟" not in one] == [], key
