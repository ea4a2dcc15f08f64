"""Opening an address changes nothing but what is written about the opening itself: a link in somebody's message does
nothing in their name (CSRF; OWASP ASVS 5.0, 3.5.3)."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from tests.sweep.objects import place_objects
from tests.sweep.routes import ROUTES
from tests.sweep.test_permissions import Person

pytestmark = pytest.mark.django_db

ABOUT_THE_OPENING = {
    "accounts_browsersession": "when a session was last used",
    "security_securityevent": "that somebody tried what is not allowed",
    "privacy_accessrecord": "that somebody looked",
}
"""Tables that a reading may write to."""
TAKES_A_FILE_OUT = {
    "GET /workbench/cases/export.xlsx",
    "GET /workbench/costs/export.xlsx",
    "GET /workbench/privacy/log/export.xlsx",
    "GET /workbench/rates/export.xlsx",
}
"""These put on record who took which file, which is written about the opening too."""
OF_A_FILE = {"exports_export", "events_event"}
OPENS_WHAT_IS_SEALED = {"GET /workbench/arrivals/<arrival_id>/"}
"""What came in by a door lies sealed until somebody looks at it, and the log says who did."""
WRITES = re.compile(r"^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)\"?", re.IGNORECASE)


@pytest.mark.parametrize("who", ["community_director", "dpo", "grid_worker", "elder", "nobody"])
def test_opening_an_address_changes_nothing(who, world):
    ours = place_objects(world)
    person, changed, now = Person(who, world), set(), ""

    def watch(execute, sql, params, many, context):
        found = WRITES.match(sql)
        allowed = ABOUT_THE_OPENING.keys() | (OF_A_FILE if now in TAKES_A_FILE_OUT else set())
        if now in OPENS_WHAT_IS_SEALED:
            allowed |= {"events_event"}
        if found and found[1] not in allowed:
            changed.add(f"{now} writes to {found[1]}")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        for key in ROUTES:
            if key.startswith("GET "):
                now = key
                person.ask(key, ours)
    assert not changed, "\n".join(sorted(changed))
