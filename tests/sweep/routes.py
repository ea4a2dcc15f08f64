"""Every route, and who may use it with objects of its own community.

One line a route: ``method route | who may | object``. A route that is missing here fails the sweep, so does a line
without a route. Nobody may ever reach another community's objects; that needs no column.

The people are those of :class:`linli.testing.SmallCommunity`; the objects stand in ``tests/sweep/objects.py``: all of
them are about the elder's home in the first grid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PEOPLE = frozenset(
    "community_director community_worker grid_lead grid_worker other_grid_worker building_lead property_company "
    "street_office dpo auditor wall_display elder resident neighbour family_proxy nobody".split()
)
SIGNED_IN = PEOPLE - {"nobody"}
COMMUNITY = frozenset({"community_director", "community_worker"})
DIRECTOR = frozenset({"community_director"})
GRID = frozenset({"grid_lead", "grid_worker"})
STAFF = COMMUNITY | GRID | {"other_grid_worker"}
HERE = COMMUNITY | GRID
"""Staff whose scope holds the elder's home."""
FAMILY = frozenset({"elder", "family_proxy"})
RESIDENTS = frozenset({"elder", "resident", "neighbour", "family_proxy"})
VIEWERS = STAFF | {"dpo", "auditor", "wall_display", "street_office"}
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rule:
    """``body`` makes the JSON (API) or form (page) from the objects; ``open_to`` may use the route."""

    open_to: frozenset[str]
    body: Callable[[Any], dict | list] | None = None


def rule(open_to: frozenset[str], body: Callable[[Any], dict | list] | None = None) -> Rule:
    return Rule(open_to, body)


ROUTES: dict[str, Rule] = {
    "GET /": rule(PEOPLE),
    "GET /manifest.webmanifest": rule(PEOPLE),
    "GET /service-worker.js": rule(PEOPLE),
    "GET /offline/": rule(PEOPLE),
    "GET /sign-in/": rule(PEOPLE),
    "GET /sign-in/code/": rule(PEOPLE),
    "GET /sign-in/staff/": rule(PEOPLE),
    "GET /sign-in/closed/": rule(PEOPLE),
    "GET /sign-out/": rule(PEOPLE),
    "GET /sign-in/again/": rule(SIGNED_IN),
    "GET /sign-in/again/second-factor/": rule(SIGNED_IN),
    "GET /sign-in/second-factor/": rule(NONE),
    "GET /sign-in/second-factor/mine/": rule(SIGNED_IN),
    "GET /sign-in/second-factor/set-up/": rule(SIGNED_IN),
    "GET /sign-in/second-factor/remove/": rule(SIGNED_IN),
    "GET /sign-in/second-factor/recovery/": rule(SIGNED_IN),
    "GET /sign-in/second-factor/recovery/new/": rule(SIGNED_IN),
    "POST /preferences/theme/": rule(PEOPLE, lambda o: {"theme": "elder"}),
    "POST /preferences/language/": rule(PEOPLE, lambda o: {"language": "en"}),
    "GET /photos/<photo_id>": rule(HERE | FAMILY),
    "POST /demo/enter/": rule(NONE),
    "POST /demo/speed/": rule(NONE),
    "POST /demo/happen/": rule(NONE),
    "GET /demo/bar/": rule(NONE),
    "GET /cockpit/": rule(VIEWERS),
    "GET /cockpit/state": rule(VIEWERS),
    "GET /cockpit/rows/<what>": rule(VIEWERS),
    "GET /api/v1/openapi.json": rule(PEOPLE),
    "POST /api/v1/sign-in/code": rule(PEOPLE, lambda o: {"phone": "19900000000"}),
    "POST /api/v1/sign-in": rule(NONE, lambda o: {"username": "no-such-account", "password": "wrong"}),
    "POST /api/v1/sign-out": rule(SIGNED_IN, lambda o: {}),
    "GET /api/v1/me": rule(SIGNED_IN),
    "POST /api/v1/photos": rule(SIGNED_IN),
    "GET /api/v1/purposes": rule(PEOPLE),
    "POST /api/v1/residents/<resident_id>/reveal": rule(
        HERE, lambda o: {"field": "phone", "purpose": "case_contact", "about": f"case:{o.case.pk}"}
    ),
    "GET /api/v1/my/access-records": rule(SIGNED_IN),
    "GET /api/v1/my/consents": rule(SIGNED_IN),
    "POST /api/v1/consents": rule(
        HERE | {"elder"}, lambda o: {"purpose": "water_care", "resident_id": o.elder.pk, "channel": "door", "evidence": "x"}
    ),
    "POST /api/v1/consents/<consent_id>/withdraw": rule(HERE | {"elder"}, lambda o: {}),
    "GET /api/v1/demo/clock": rule(NONE),
    "POST /api/v1/demo/clock": rule(NONE, lambda o: {"speed": 1}),
    "POST /api/v1/demo/happen": rule(NONE, lambda o: {"what": "trapped"}),
    "GET /api/v1/demo/orders": rule(NONE),
    "POST /api/v1/registry/imports": rule(COMMUNITY),
    "GET /api/v1/registry/imports/<upload_id>/rejected.xlsx": rule(NONE),
    "GET /api/v1/registry/templates/<kind>": rule(COMMUNITY),
    "GET /api/v1/registry/estates": rule(SIGNED_IN),
    "GET /api/v1/registry/grids": rule(SIGNED_IN),
    "GET /api/v1/registry/buildings": rule(SIGNED_IN),
    "GET /api/v1/registry/homes": rule(SIGNED_IN),
    "GET /api/v1/registry/residents": rule(SIGNED_IN),
    "GET /api/v1/registry/facilities": rule(SIGNED_IN),
    "POST /api/v1/devices": rule(COMMUNITY, lambda o: {"code": "new-1", "type": "smoke", "home_id": o.home.pk}),
    "GET /api/v1/devices": rule(SIGNED_IN),
    "POST /api/v1/devices/<code>/revoke": rule(COMMUNITY, lambda o: {}),
    "POST /api/v1/devices/<code>/secret": rule(COMMUNITY, lambda o: {}),
    "POST /api/v1/observations": rule(NONE, lambda o: {"t": 0, "v": {"alarm": 0}}),
    "GET /api/v1/telemetry/status": rule(STAFF),
    "GET /api/v1/telemetry/quarantine": rule(COMMUNITY),
    "POST /api/v1/telemetry/quarantine/<id>/replay": rule(COMMUNITY, lambda o: {}),
    "POST /api/v1/requests": rule(
        STAFF | RESIDENTS, lambda o: {"words": "楼道灯不亮", "client_key": "sweep-1", "building_id": o.building.pk}
    ),
    "GET /api/v1/requests": rule(SIGNED_IN),
    "GET /api/v1/requests/<request_id>": rule(HERE | FAMILY),
    "POST /api/v1/requests/<request_id>/rating": rule(FAMILY, lambda o: {"solved": True, "satisfaction": 5}),
    "GET /api/v1/cases": rule(SIGNED_IN),
    "GET /api/v1/cases/<case_id>": rule(HERE | FAMILY),
    "POST /api/v1/cases/<case_id>/<verb>": rule(HERE, lambda o: {"version": o.case.version, "text": "去看看"}),
    "GET /api/v1/warnings": rule(SIGNED_IN),
    "GET /api/v1/warnings/<warning_id>": rule(HERE),
    "POST /api/v1/warnings/<warning_id>/acknowledge": rule(HERE, lambda o: {}),
    "POST /api/v1/warnings/<warning_id>/handle": rule(HERE, lambda o: {}),
    "POST /api/v1/warnings/<warning_id>/clear": rule(HERE, lambda o: {"finding": "true"}),
    "POST /api/v1/warnings/<warning_id>/dismiss": rule(HERE, lambda o: {"finding": "false"}),
}
