"""Every route, and who may use it with objects of its own community.

One line a route: ``method route | who may | object``. A route that is missing here fails the sweep, so does a line
without a route. Nobody may ever reach another community's objects; that needs no column.

The people are those of :class:`linli.testing.SmallCommunity`; the objects stand in ``tests/sweep/objects.py``: all of
them are about the elder's home in the first grid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from linli.foundation import clock
from linli.foundation.tenancy import community_scope
from linli.sense.telemetry.discovery.actions import fingerprint
from tests.sweep.objects import A_BROWSER, DEVICES_FILE, GRIDS_FILE, ORDERS_FILE, READINGS_FILE, picture

PEOPLE = frozenset({
    "community_director", "community_worker", "grid_lead", "grid_worker", "other_grid_worker", "building_lead",
    "property_company", "street_office", "dpo", "auditor", "analyst", "wall_display", "elder", "resident", "neighbour",
    "family_proxy", "nobody",
})  # fmt: skip
SIGNED_IN = PEOPLE - {"nobody"}
COMMUNITY = frozenset({"community_director", "community_worker"})
DIRECTOR = frozenset({"community_director"})
LEADS = DIRECTOR | {"dpo"}
"""Who writes and approves changes of the charter."""
GRID = frozenset({"grid_lead", "grid_worker"})
STAFF = COMMUNITY | GRID | {"other_grid_worker"}
HERE = COMMUNITY | GRID
"""Staff whose scope holds the elder's home."""
GRID_LEAD = frozenset({"grid_lead"})
FAMILY = frozenset({"elder", "family_proxy"})
ELDER = frozenset({"elder"})
OF_AGE = frozenset({"elder", "resident", "neighbour"})
"""Who sees to its own information; the proxy's authority does not cover it."""
RESIDENTS = frozenset({"elder", "resident", "neighbour", "family_proxy"})
VIEWERS = STAFF | {"dpo", "auditor", "wall_display", "street_office"}
STUDIES = DIRECTOR | {"analyst", "dpo", "auditor"}
CALLED = STAFF | {"street_office"}
"""Who is called about warnings."""
WATCHING = COMMUNITY | {"dpo", "auditor"}
"""Who sees declarations and assessments in every state."""
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rule:
    """``open_to`` may use the route; ``body`` makes its JSON (API) or form (page) from the objects.

    ``parameters`` replaces what a part of the address is by default. ``status`` is the answer to those who may, where
    it is no success: the message server is away, the warning has not been handled yet.
    """

    open_to: frozenset[str]
    body: Callable[[Any], dict] | None = None
    parameters: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    status: int | None = None


def rule(
    open_to: frozenset[str], body: Callable[[Any], dict] | None = None, *, status: int | None = None, **parameters
) -> Rule:
    return Rule(open_to, body, parameters, status)


def grids_file(objects: Any) -> dict:
    return {"template": "grids", "file": SimpleUploadedFile("grids.csv", GRIDS_FILE)}


def devices_file(objects: Any) -> dict:
    return {"file": SimpleUploadedFile("devices.csv", DEVICES_FILE)}


def devices_upload(objects: Any) -> int:
    return objects.devices_upload.pk


def readings_file(objects: Any) -> dict:
    return {"file": SimpleUploadedFile("readings.csv", READINGS_FILE)}


def readings_kept(objects: Any) -> int:
    return objects.readings_file.pk


def taking_in(objects: Any) -> dict:
    with community_scope(objects.candidate.community_id):
        offers = list(objects.candidate.offers.all())
    place = f"building:{objects.building.pk}"
    return {"type": "climate", "place": place, "code": "hall-new", "name": "大厅", "seen": fingerprint(offers)}


def orders_file(objects: Any) -> dict:
    return {"file": SimpleUploadedFile("12345.csv", ORDERS_FILE)}


def call_plan(objects: Any) -> dict:
    rungs = {f"{name}-{n}-{part}": value for name in ("P0", "P1", "sos")
             for n, role in enumerate(("grid_worker", "community_director"))
             for part, value in (("role", role), ("minutes", "0.5"), ("voice", "on"))}  # fmt: skip
    rungs |= {f"{name}-{part}": "1" for name in ("P0", "P1", "sos") for part in ("within", "grace", "finding")}
    return rungs | {"quiet_from": 22, "quiet_until": 7, "rules": ["no_water"]}


def planned_outage(objects: Any) -> dict:
    place = f"estate:{objects.warning.building.estate_id}"
    begins = timezone.localtime(clock.now() + timedelta(hours=1))
    moments = {name: f"{at:%Y-%m-%dT%H:%M}" for name, at in
               (("starts_at", begins), ("until", begins + timedelta(hours=3)))}  # fmt: skip
    return {"what": "outage", "utility": "water", "place": place} | moments


def sheet_photo(objects: Any) -> dict:
    return {"photos": SimpleUploadedFile("sheet.png", picture())}


def counter_token(objects: Any) -> str:
    return objects.counter.token


def charter_draft(objects: Any) -> int:
    return objects.charter_draft.pk


def declared(estate_id: int) -> dict:
    return {
        "name": "防火门", "place": f"estate:{estate_id}", "room": "corridor", "position": "三楼防火门",
        "purpose": "shared_doors", "stored": ["open"], "keep_days": 30, "viewers": ["grid_worker"],
        "alternative": "每天巡楼看一遍", "installer": "晚河消防", "responsible": "周平", "responsible_phone": "0571-0000-0123",
    }  # fmt: skip


def dispatch_rule(objects: Any) -> int:
    return objects.dispatch_rule.pk


def answered(objects: Any) -> int:
    return objects.answered_request.pk


ROUTES: dict[str, Rule] = {
    "GET /": rule(SIGNED_IN),
    "GET /manifest.webmanifest": rule(PEOPLE),
    "GET /service-worker.js": rule(PEOPLE),
    "GET /offline/": rule(PEOPLE),
    "GET /sign-in/": rule(PEOPLE),
    "POST /sign-in/": rule(PEOPLE, lambda o: {"phone": "19900000000"}),
    "GET /sign-in/code/": rule(NONE),
    "POST /sign-in/code/": rule(NONE, lambda o: {"code": "000000"}),
    "GET /sign-in/staff/": rule(PEOPLE),
    "POST /sign-in/staff/": rule(SIGNED_IN, lambda o: {"username": "no-such-account", "password": "wrong"}),
    "GET /sign-in/closed/": rule(PEOPLE),
    "GET /sign-out/": rule(PEOPLE),
    "POST /sign-out/": rule(PEOPLE),
    "GET /sign-in/again/": rule(SIGNED_IN),
    "POST /sign-in/again/": rule(SIGNED_IN, lambda o: {"password": "wrong"}),
    "GET /sign-in/again/second-factor/": rule(SIGNED_IN),
    "GET /sign-in/again/passkey/": rule(SIGNED_IN),
    "GET /sign-in/passkey/": rule(SIGNED_IN),
    "POST /sign-in/passkey/": rule(SIGNED_IN, lambda o: {"credential": "{}"}),
    "GET /sign-in/second-factor/": rule(SIGNED_IN),
    "GET /sign-in/second-factor/passkey/": rule(SIGNED_IN),
    "GET /sign-in/second-factor/passkeys/": rule(SIGNED_IN),
    "GET /sign-in/second-factor/passkey/<pk>/remove/": rule(NONE, pk=lambda o: o.passkey.pk),
    "POST /sign-in/second-factor/passkey/<pk>/remove/": rule(NONE, pk=lambda o: o.passkey.pk),
    "GET /sign-in/password/": rule(SIGNED_IN),
    "POST /sign-in/password/": rule(SIGNED_IN, lambda o: {"current": "wrong", "password": "x"}, status=422),
    "GET /sign-in/second-factor/mine/": rule(SIGNED_IN),
    "GET /sign-in/second-factor/set-up/": rule(SIGNED_IN),
    "GET /sign-in/second-factor/remove/": rule(NONE),
    "GET /sign-in/second-factor/recovery/": rule(NONE),
    "GET /sign-in/second-factor/recovery/new/": rule(SIGNED_IN),
    "POST /preferences/theme/": rule(PEOPLE, lambda o: {"theme": "elder"}),
    "POST /preferences/language/": rule(PEOPLE, lambda o: {"language": "en"}),
    "GET /photos/<photo_id>": rule(HERE | FAMILY),
    "GET /voices/<voice_id>": rule(HERE | FAMILY),
    "GET /u/<token>": rule(PEOPLE, token=lambda o: o.rates_token),
    "POST /u/<token>": rule(PEOPLE, token=lambda o: o.rates_token),
    "POST /workbench/rates/subscribe/": rule(STAFF, lambda o: {"address": "a@example.org", "rhythm": "weekly"}),
    "POST /workbench/rates/subscriptions/<subscription_id>/end/": rule(
        DIRECTOR, subscription_id=lambda o: o.rates_subscription
    ),
    "POST /demo/enter/": rule(NONE),
    "POST /demo/speed/": rule(NONE),
    "POST /demo/happen/": rule(NONE),
    "GET /demo/bar/": rule(NONE),
    "GET /cockpit/": rule(VIEWERS),
    "GET /cockpit/state": rule(VIEWERS),
    "GET /cockpit/rows/<what>": rule(VIEWERS - {"wall_display", "street_office"}),
    "GET /numbers/": rule(PEOPLE),
    "GET /numbers/compare/": rule(COMMUNITY | {"dpo", "auditor", "street_office"}),
    "GET /numbers/<community>/": rule(PEOPLE),
    "GET /numbers/<community>/<number>/": rule(PEOPLE, number=lambda o: 1),
    "GET /numbers/<community>/<number>/<what>.<form>": rule(
        PEOPLE, number=lambda o: 1, what=lambda o: "numbers", form=lambda o: "csv"
    ),
    "GET /portal/": rule(RESIDENTS),
    "GET /portal/report/": rule(RESIDENTS),
    "POST /portal/report/": rule(
        RESIDENTS, lambda o: {"words": "楼道灯不亮", "place": "building", "building": o.building.pk}
    ),
    "GET /portal/report/sent/<request_id>/": rule(FAMILY),
    "GET /portal/matters/": rule(RESIDENTS),
    "GET /portal/matters/<request_id>/": rule(FAMILY),
    "POST /portal/matters/<request_id>/rate/": rule(
        FAMILY, lambda o: {"solved": "yes", "satisfaction": 5}, request_id=answered
    ),
    "POST /portal/matters/<request_id>/words/": rule(FAMILY, lambda o: {"words": "二楼也不亮"}),
    "POST /portal/matters/<request_id>/withdraw/": rule(FAMILY, lambda o: {"reason": "自己修好了"}),
    "GET /portal/proxy/": rule(RESIDENTS),
    "POST /portal/proxy/": rule(FAMILY, lambda o: {"resident": o.elder.pk}),
    "GET /portal/family/": rule(RESIDENTS),
    "POST /portal/family/<authority_id>/end/": rule(FAMILY),
    "GET /portal/me/": rule(RESIDENTS),
    "GET /portal/away/": rule(RESIDENTS),
    "POST /portal/away/": rule(RESIDENTS, lambda o: {"days": "3"}),
    "GET /portal/me/devices/": rule(RESIDENTS),
    "POST /portal/me/devices/end/": rule(RESIDENTS),
    "GET /portal/me/looks/": rule(OF_AGE),
    "GET /portal/me/information/": rule(OF_AGE),
    "GET /portal/me/rights/": rule(OF_AGE),
    "GET /portal/me/rights/new/<kind>/": rule(OF_AGE, kind=lambda o: "objection"),
    "POST /portal/me/rights/new/<kind>/": rule(OF_AGE, lambda o: {"words": "不对"}, kind=lambda o: "objection"),
    "GET /portal/me/rights/<rights_id>/": rule(ELDER),
    "POST /portal/me/rights/<rights_id>/withdraw/": rule(ELDER),
    "POST /portal/me/rights/<rights_id>/code/": rule(ELDER),
    "POST /portal/me/rights/<rights_id>/check/": rule(ELDER, lambda o: {"code": "000000"}, status=422),
    "GET /portal/me/rights/<rights_id>/copy/<how>/": rule(ELDER, how=lambda o: "read"),
    "GET /portal/me/consents/": rule(OF_AGE),
    "POST /portal/me/consents/<consent_id>/withdraw/": rule(ELDER),
    "GET /portal/me/consents/<consent_id>/receipt.<form>": rule(ELDER, form=lambda o: "json"),
    "POST /portal/me/consents/<purpose>/give/": rule(OF_AGE),
    "POST /portal/me/consents/<purpose>/decline/": rule(OF_AGE),
    "POST /portal/me/consents/<purpose>/instead/": rule(OF_AGE),
    "POST /portal/me/visits/<round_id>/end/": rule(ELDER),
    "GET /charter/": rule(PEOPLE),
    "GET /charter/<community>/": rule(PEOPLE),
    "GET /charter/<community>/charter.pdf": rule(PEOPLE),
    "GET /charter/<community>/proposed/": rule(PEOPLE),
    "POST /charter/<community>/proposed/": rule(OF_AGE, lambda o: {"words": "留得太久"}),
    "GET /charter/<community>/versions/<number>/": rule(PEOPLE, number=lambda o: 1),
    "GET /charter/<community>/for/<key>/": rule(PEOPLE, key=lambda o: "water_care"),
    "GET /portal/me/sensing/": rule(OF_AGE),
    "POST /portal/me/sensing/<declaration_id>/way/": rule(
        OF_AGE, lambda o: {"method": "staff", "refuse": "1"}, declaration_id=lambda o: o.gate.pk
    ),
    "POST /portal/me/ways/<way_id>/works/": rule(ELDER),
    "GET /sensing/": rule(PEOPLE),
    "GET /around/": rule(PEOPLE),
    "GET /around/<community>/": rule(PEOPLE),
    "GET /sensorthings/<community>/v1.1": rule(PEOPLE),
    "GET /sensorthings/<community>/v1.1/": rule(PEOPLE),
    "GET /sensorthings/<community>/v1.1/<resource>": rule(PEOPLE, resource=lambda o: "Things"),
    "GET /ngsi-ld/<community>/v1/entities": rule(PEOPLE),
    "GET /ngsi-ld/<community>/v1/entities/<entity>": rule(
        PEOPLE, entity=lambda o: f"urn:ngsi-ld:DeviceMeasurement:{o.open_lift}:vibration"
    ),
    "GET /sensing/<sign>/": rule(PEOPLE, sign=lambda o: o.gate.code),
    "GET /r/<token>": rule(PEOPLE),
    "POST /r/<token>": rule(PEOPLE, lambda o: {"solved": "yes", "satisfaction": 5}),
    "GET /styleguide/": rule(PEOPLE),
    "GET /workbench/": rule(STAFF),
    "GET /workbench/today/list/": rule(STAFF),
    "GET /workbench/cases/": rule(STAFF),
    "GET /workbench/cases/export.xlsx": rule(STAFF),
    "GET /workbench/cases/<case_id>/": rule(HERE),
    "GET /workbench/cases/<case_id>/sheet/": rule(HERE),
    "GET /workbench/cases/<case_id>/do/<verb>/": rule(HERE),
    "POST /workbench/cases/<case_id>/do/<verb>/": rule(HERE, lambda o: {"version": o.case.version, "text": "去看看"}),
    "GET /workbench/noted/": rule(STAFF),
    "POST /workbench/cases/<case_id>/watch/": rule(HERE, lambda o: {"on": "1"}),
    "POST /workbench/cases/<case_id>/looked/": rule(GRID_LEAD),
    "POST /workbench/cases/<case_id>/phone/<request_id>/": rule(HERE),
    "POST /workbench/cases/<case_id>/voice/<voice_id>/": rule(HERE, lambda o: {"words": "三单元楼道里的灯不亮"}),
    "POST /workbench/people/<resident_id>/see/": rule(
        HERE, lambda o: {"field": "phone", "purpose": "case_contact", "about": f"case:{o.case.pk}"}
    ),
    "POST /workbench/cases/<case_id>/suggested/<suggestion_id>/<verdict>/": rule(HERE, verdict=lambda o: "right"),
    "POST /workbench/cases/<case_id>/apart/<other_id>/": rule(HERE, other_id=lambda o: o.other_case.pk),
    "GET /workbench/topics/": rule(COMMUNITY),
    "POST /workbench/topics/refresh/": rule(COMMUNITY),
    "GET /workbench/topics/digest.pdf": rule(COMMUNITY),
    "GET /workbench/topics/<topic_id>/": rule(COMMUNITY),
    "POST /workbench/topics/<topic_id>/follow/": rule(COMMUNITY, lambda o: {"on": "1"}),
    "GET /workbench/topics/<topic_id>/join/": rule(COMMUNITY),
    "POST /workbench/topics/<topic_id>/join/": rule(COMMUNITY, lambda o: {"cases": [o.case.pk]}),
    "GET /workbench/joint-cases/<estate_id>/<category>/": rule(COMMUNITY, category=lambda o: "050500"),
    "POST /workbench/joint-cases/<estate_id>/<category>/": rule(COMMUNITY, category=lambda o: "050500"),
    "GET /workbench/understanding/": rule(COMMUNITY),
    "POST /workbench/understanding/rules/": rule(DIRECTOR, lambda o: {"applied_from": "80"}),
    "GET /workbench/understanding/categories/": rule(COMMUNITY),
    "POST /workbench/understanding/categories/new/": rule(COMMUNITY, lambda o: {"zh": "快递柜", "of": "060000"}),
    "GET /workbench/understanding/categories/<category>/": rule(COMMUNITY, category=lambda o: "050500"),
    "POST /workbench/understanding/categories/<category>/": rule(
        COMMUNITY, lambda o: {"what": "rename", "zh": "路灯"}, category=lambda o: "050500"
    ),
    "GET /workbench/cases/<case_id>/errands/new/": rule(HERE),
    "POST /workbench/cases/<case_id>/errands/new/": rule(
        HERE, lambda o: {"unit_id": o.other_unit.pk, "task": "换灯", "days": 14}
    ),
    "GET /workbench/errands/<errand_id>/do/<verb>/": rule(HERE, verb=lambda o: "accept"),
    "POST /workbench/errands/<errand_id>/do/<verb>/": rule(
        HERE, lambda o: {"their_number": "GD-7"}, verb=lambda o: "accept"
    ),
    "POST /workbench/errands/<errand_id>/phone/": rule(HERE),
    "GET /workbench/quality/": rule(COMMUNITY),
    "POST /workbench/quality/share/": rule(DIRECTOR, lambda o: {"percent": 20}),
    "GET /workbench/quality/<check_id>/": rule(COMMUNITY, check_id=lambda o: o.quality_check.pk),
    "POST /workbench/quality/<check_id>/": rule(
        COMMUNITY, lambda o: {"result": "ok"}, check_id=lambda o: o.quality_check.pk
    ),
    "GET /workbench/costs/": rule(DIRECTOR),
    "GET /workbench/costs/export.xlsx": rule(DIRECTOR),
    "GET /workbench/rules/checklists/": rule(COMMUNITY),
    "GET /workbench/rules/checklists/<category>/": rule(DIRECTOR, category=lambda o: "050000"),
    "POST /workbench/rules/checklists/<category>/": rule(
        DIRECTOR,
        lambda o: {
            "after": 0,
            "row-TOTAL_FORMS": 1,
            "row-INITIAL_FORMS": 0,
            "row-0-words": "断电",
            "row-0-required": "on",
        },
        category=lambda o: "050000",
    ),
    "GET /workbench/workload/": rule(COMMUNITY),
    "GET /workbench/workload/<account_id>/": rule(DIRECTOR, account_id=lambda o: o.worker.pk),
    "POST /workbench/workload/<account_id>/": rule(
        DIRECTOR, lambda o: {"reason": "调走"}, account_id=lambda o: o.worker.pk
    ),
    "GET /workbench/rules/templates/": rule(COMMUNITY),
    "POST /workbench/rules/templates/": rule(COMMUNITY, lambda o: {"outcome": "fixed", "words": "修好了。"}),
    "POST /workbench/rules/templates/<template_id>/remove/": rule(COMMUNITY),
    "GET /workbench/rates/": rule(STAFF),
    "GET /workbench/rates/export.xlsx": rule(STAFF),
    "GET /workbench/callbacks/": rule(COMMUNITY),
    "POST /workbench/callbacks/<case_id>/<request_id>/missed/": rule(
        COMMUNITY, case_id=lambda o: o.answered_case, request_id=answered
    ),
    "GET /workbench/cases/<case_id>/public/": rule(COMMUNITY),
    "POST /workbench/cases/<case_id>/public/": rule(COMMUNITY, lambda o: {"title": "灯不亮"}),
    "POST /workbench/cases/<case_id>/public/hide/": rule(COMMUNITY),
    "GET /portal/neighbours/": rule(RESIDENTS),
    "POST /portal/neighbours/<card_id>/me-too/": rule(RESIDENTS),
    "GET /done/<community>/": rule(PEOPLE),
    "GET /done/<community>/<card_id>/<photo_id>": rule(PEOPLE),
    "GET /workbench/rules/dispatch/": rule(COMMUNITY),
    "GET /workbench/rules/dispatch/new/": rule(DIRECTOR),
    "POST /workbench/rules/dispatch/new/": rule(DIRECTOR, lambda o: {"why": "近", "to_grid_id": o.grid.pk}),
    "GET /workbench/rules/dispatch/<rule_id>/": rule(DIRECTOR, rule_id=dispatch_rule),
    "POST /workbench/rules/dispatch/<rule_id>/": rule(
        DIRECTOR, lambda o: {"why": "近", "to_grid_id": o.grid.pk}, rule_id=dispatch_rule
    ),
    "POST /workbench/rules/dispatch/<rule_id>/<what>/": rule(DIRECTOR, rule_id=dispatch_rule, what=lambda o: "up"),
    "GET /workbench/rules/deadlines/": rule(COMMUNITY),
    "POST /workbench/rules/deadlines/new/": rule(DIRECTOR, lambda o: {"why": "会议", "valid_from": "2026-12-31"}),
    "GET /workbench/rules/deadlines/<version_id>/": rule(DIRECTOR),
    "POST /workbench/rules/deadlines/<version_id>/": rule(
        DIRECTOR,
        lambda o: {
            "what": "limit",
            "level": "P2",
            "step": "finish",
            "amount": 3,
            "unit": "working_days",
            "mode": "day",
        },
    ),
    "GET /workbench/rules/units/": rule(COMMUNITY),
    "GET /workbench/rules/units/new/": rule(COMMUNITY),
    "POST /workbench/rules/units/new/": rule(COMMUNITY, lambda o: {"kind": "contractor", "name": "又一家"}),
    "GET /workbench/rules/units/<unit_id>/": rule(COMMUNITY),
    "POST /workbench/rules/units/<unit_id>/": rule(COMMUNITY, lambda o: {"kind": "contractor", "name": "改名"}),
    "POST /workbench/rules/units/<unit_id>/end/": rule(DIRECTOR),
    "GET /a/<token>": rule(PEOPLE, token=lambda o: o.call_token),
    "POST /a/<token>": rule(PEOPLE, token=lambda o: o.call_token),
    "GET /e/<token>": rule(PEOPLE, token=lambda o: o.errand_token),
    "POST /e/<token>": rule(PEOPLE, lambda o: {"verb": "accept"}, token=lambda o: o.errand_token),
    "GET /e/<token>/photo/<photo_id>": rule(PEOPLE, token=lambda o: o.errand_token),
    "GET /workbench/desk/": rule(STAFF),
    "POST /workbench/desk/": rule(
        HERE, lambda o: {"channel": "phone", "speaker": o.elder.pk, "words": "楼道灯不亮", "client_key": "sweep-2"}
    ),
    "GET /workbench/desk/callers/": rule(STAFF),
    "GET /c/<token>": rule(PEOPLE, token=counter_token),
    "POST /c/<token>": rule(PEOPLE, lambda o: {"words": "楼道灯不亮", "client_key": "sweep"}, token=counter_token),
    "GET /workbench/queue/": rule(STAFF),
    "GET /workbench/sync/": rule(STAFF | {"building_lead"}),
    "POST /workbench/sync/": rule(
        STAFF,
        lambda o: {
            "sync_key": "sweep-12345",
            "sync_path": "/workbench/desk/",
            "channel": "phone",
            "words": "灯坏了",
            "client_key": "sweep-12345",
        },
    ),
    "GET /workbench/arrivals/": rule(STAFF),
    "GET /workbench/arrivals/<arrival_id>/": rule(HERE),
    "POST /workbench/arrivals/<arrival_id>/": rule(HERE, lambda o: {"words": "1幢楼道灯坏了"}),
    "GET /workbench/arrivals/<arrival_id>/reading/": rule(HERE),
    "POST /workbench/arrivals/<arrival_id>/<verb>/": rule(HERE, verb=lambda o: "drop"),
    "GET /workbench/chat/": rule(STAFF),
    "POST /workbench/chat/": rule(STAFF, lambda o: {"text": "老李：电梯坏了"}),
    "GET /workbench/hotline/": rule(COMMUNITY),
    "POST /workbench/hotline/": rule(COMMUNITY, orders_file),
    "GET /workbench/hotline/<file_id>/": rule(DIRECTOR),
    "POST /workbench/hotline/<file_id>/": rule(DIRECTOR),
    "GET /workbench/hotline/<file_id>/rejected.xlsx": rule(DIRECTOR),
    "GET /workbench/paper/": rule(STAFF),
    "POST /workbench/paper/": rule(STAFF, sheet_photo),
    "GET /workbench/paper/sheets.pdf": rule(STAFF),
    "GET /workbench/paper/<sheet>/": rule(STAFF, sheet=lambda o: "AAAABBBBCCC"),
    "POST /workbench/paper/<sheet>/": rule(STAFF, sheet_photo, sheet=lambda o: "AAAABBBBCCC"),
    "GET /workbench/counters/": rule(COMMUNITY),
    "POST /workbench/counters/": rule(COMMUNITY, lambda o: {"estate": o.building.estate_id, "name": "西门"}),
    "POST /workbench/counters/<counter_id>/close/": rule(COMMUNITY),
    "GET /workbench/counters/<counter_id>/counter.pdf": rule(COMMUNITY),
    "GET /workbench/round/": rule(STAFF | {"building_lead"}),
    "POST /workbench/round/": rule(
        HERE | {"building_lead"},
        lambda o: {"building": o.building.pk, f"home-{o.home.pk}": "楼道灯坏了", "client_key": "sweep"},
    ),
    "GET /workbench/people/<resident_id>/consents/": rule(HERE),
    "POST /workbench/people/<resident_id>/consents/print/": rule(HERE),
    "GET /workbench/people/<resident_id>/consents/<purpose>/take/": rule(HERE),
    "POST /workbench/people/<resident_id>/consents/<purpose>/take/": rule(
        HERE, lambda o: {"channel": "door", "answer": "no", "note": "本人在家"}
    ),
    "POST /workbench/people/<resident_id>/consents/<purpose>/instead/": rule(HERE),
    "GET /workbench/people/<resident_id>/relatives/": rule(HERE),
    "POST /workbench/people/<resident_id>/relatives/": rule(
        COMMUNITY,
        lambda o: {
            "name": "林晓",
            "phone": "19900007777",
            "scopes": ["requests"],
            "days": "30",
            "evidence": "本人签字",
        },
    ),
    "POST /workbench/people/<resident_id>/relatives/<authority_id>/end/": rule(COMMUNITY),
    "POST /workbench/people/<resident_id>/guardians/": rule(
        HERE, lambda o: {"guardian": o.elder.pk, "relation": "other", "evidence": "户口本"}, status=422
    ),
    "POST /workbench/consents/<consent_id>/withdraw/": rule(HERE, lambda o: {"note": "本人来电"}),
    "GET /workbench/consents/form/<code>/": rule(HERE, code=lambda o: o.form.code),
    "POST /workbench/consents/form/<code>/": rule(
        HERE,
        lambda o: {"answer-door_care": "yes", "photos": SimpleUploadedFile("a.jpg", picture(), "image/jpeg")},
        code=lambda o: o.form.code,
    ),
    "GET /workbench/privacy/consents/": rule(COMMUNITY | {"dpo", "auditor"}),
    "GET /workbench/visits/": rule(STAFF),
    "POST /workbench/visits/<visit_id>/<verb>/": rule(HERE, lambda o: {"note": "在家"}, verb=lambda o: "well"),
    "GET /workbench/map/": rule(STAFF),
    "GET /portal/lessons/": rule(RESIDENTS),
    "GET /portal/lessons/suspicious/": rule(RESIDENTS),
    "POST /portal/lessons/suspicious/": rule(RESIDENTS, lambda o: {"words": "您的账户异常"}),
    "GET /portal/lessons/<key>/": rule(RESIDENTS, key=lambda o: "codes"),
    "GET /portal/lessons/<key>/<number>/": rule(RESIDENTS, key=lambda o: "codes", number=lambda o: 1),
    "POST /portal/lessons/<key>/<number>/": rule(
        RESIDENTS, lambda o: {"choice": "0"}, key=lambda o: "codes", number=lambda o: 1
    ),
    "GET /d/<token>": rule(NONE, token=lambda o: "A" * 22),
    "GET /workbench/lessons/": rule(STAFF),
    "GET /workbench/lessons/suspicious/": rule(STAFF),
    "POST /workbench/lessons/suspicious/": rule(STAFF, lambda o: {"words": "您的账户异常"}),
    "GET /workbench/lessons/<key>/": rule(STAFF, key=lambda o: "phishing"),
    "GET /workbench/lessons/<key>/<number>/": rule(STAFF, key=lambda o: "phishing", number=lambda o: 1),
    "POST /workbench/lessons/<key>/<number>/": rule(
        STAFF, lambda o: {"choice": "0"}, key=lambda o: "phishing", number=lambda o: 1
    ),
    "GET /workbench/privacy/": rule(STAFF | {"dpo", "auditor", "analyst"}),
    "GET /workbench/privacy/rights/": rule(STAFF | {"dpo"}),
    "GET /workbench/privacy/rights/new/": rule(STAFF),
    "POST /workbench/privacy/rights/new/": rule(
        HERE, lambda o: {"channel": "desk", "resident": o.elder.pk, "kind": "deletion", "evidence": "身份证"}
    ),
    "GET /workbench/privacy/rights/new/people/": rule(STAFF),
    "GET /workbench/privacy/rights/<rights_id>/": rule(DIRECTOR | {"dpo"}),
    "POST /workbench/privacy/rights/<rights_id>/do/<verb>/": rule(
        DIRECTOR | {"dpo"}, lambda o: {"version": o.rights.version}, verb=lambda o: "take"
    ),
    "POST /workbench/privacy/rights/<rights_id>/print/": rule(DIRECTOR | {"dpo"}),
    "GET /workbench/privacy/looks/": rule(DIRECTOR | {"dpo", "auditor"}),
    "POST /workbench/privacy/looks/<look_id>/<verb>/": rule(
        DIRECTOR | {"dpo"}, lambda o: {"text": "问过了，在办事。"}, verb=lambda o: "accept"
    ),
    "GET /workbench/privacy/retention/": rule(DIRECTOR | {"dpo", "auditor"}),
    "POST /workbench/privacy/retention/plan/<plan_id>/<verb>/": rule(
        DIRECTOR | {"dpo"}, lambda o: {"version": o.plan.version, "reason": "先看看"}, verb=lambda o: "hold"
    ),
    "POST /workbench/privacy/retention/holds/": rule(
        DIRECTOR | {"dpo"}, lambda o: {"code": o.elder.code, "reason": "诉讼"}
    ),
    "POST /workbench/privacy/retention/holds/<hold_id>/lift/": rule(DIRECTOR | {"dpo"}, lambda o: {"reason": "了结"}),
    "GET /workbench/privacy/retention/register.csv": rule(DIRECTOR | {"dpo", "auditor"}),
    "GET /workbench/privacy/charter/": rule(STAFF | {"dpo", "auditor"}),
    "POST /workbench/privacy/charter/new/": rule(LEADS),
    "GET /workbench/privacy/charter/<change_id>/": rule(STAFF | {"dpo", "auditor"}),
    "POST /workbench/privacy/charter/<change_id>/do/<verb>/": rule(
        LEADS, lambda o: {"version": o.change.version, "reason": "不改了"}, verb=lambda o: "withdraw"
    ),
    "POST /workbench/privacy/charter/<change_id>/opinions/": rule(
        STAFF, lambda o: {"channel": "phone", "words": "太久了"}
    ),
    "POST /workbench/privacy/charter/opinions/<opinion_id>/answer/": rule(LEADS, lambda o: {"answer": "改短了"}),
    "GET /workbench/privacy/charter/<change_id>/purpose/new/": rule(DIRECTOR, change_id=charter_draft),
    "POST /workbench/privacy/charter/<change_id>/purpose/new/": rule(DIRECTOR, change_id=charter_draft, status=422),
    "GET /workbench/privacy/charter/<change_id>/purpose/<key>/": rule(
        DIRECTOR, change_id=charter_draft, key=lambda o: "water_care"
    ),
    "POST /workbench/privacy/charter/<change_id>/purpose/<key>/": rule(
        DIRECTOR, change_id=charter_draft, key=lambda o: "water_care", status=422
    ),
    "POST /workbench/privacy/charter/<change_id>/purpose/<key>/<verb>/": rule(
        DIRECTOR, change_id=charter_draft, key=lambda o: "water_care", verb=lambda o: "remove"
    ),
    "GET /workbench/privacy/joint/": rule(COMMUNITY | {"dpo", "auditor"}),
    "GET /workbench/privacy/joint/new/": rule(COMMUNITY | {"dpo"}),
    "POST /workbench/privacy/joint/new/": rule(COMMUNITY | {"dpo"}, lambda o: {"question": ""}, status=422),
    "GET /workbench/privacy/joint/card/": rule(COMMUNITY | {"dpo", "auditor"}),
    "POST /workbench/privacy/joint/partners/": rule(DIRECTOR | {"dpo"}, lambda o: {"address": "x"}, status=422),
    "POST /workbench/privacy/joint/partners/<partner_id>/<verb>/": rule(DIRECTOR | {"dpo"}, verb=lambda o: "confirm"),
    "GET /workbench/privacy/joint/log/": rule(COMMUNITY | {"dpo", "auditor"}),
    "GET /workbench/privacy/joint/log/file/": rule(COMMUNITY | {"dpo", "auditor"}),
    "GET /workbench/privacy/joint/<joint_id>/": rule(COMMUNITY | {"dpo", "auditor"}),
    "GET /workbench/privacy/joint/<joint_id>/invitation/": rule(COMMUNITY | {"dpo", "auditor"}),
    "POST /workbench/privacy/joint/<joint_id>/do/<verb>/": rule(
        DIRECTOR | {"dpo"}, lambda o: {"version": 0, "reason": "先不数"}, verb=lambda o: "refuse"
    ),
    "GET /workbench/privacy/studies/": rule(STUDIES),
    "GET /workbench/privacy/studies/new/": rule(frozenset({"analyst"})),
    "POST /workbench/privacy/studies/new/": rule(frozenset({"analyst"}), lambda o: {"title": ""}, status=422),
    "GET /workbench/privacy/studies/<study_id>/": rule(STUDIES),
    "POST /workbench/privacy/studies/<study_id>/": rule(
        frozenset({"analyst"}), lambda o: {"view": "residents", "by": "sex"}
    ),
    "POST /workbench/privacy/studies/<study_id>/do/<verb>/": rule(
        DIRECTOR | {"analyst", "dpo"}, lambda o: {"version": o.study.version + 2}, verb=lambda o: "end"
    ),
    "GET /workbench/privacy/studies/questions/<question_id>/": rule(STUDIES),
    "POST /workbench/privacy/studies/questions/<question_id>/file/": rule(STUDIES, status=409),
    "POST /workbench/privacy/studies/questions/<question_id>/do/<verb>/": rule(
        DIRECTOR | {"dpo"}, lambda o: {"version": o.question.version}, verb=lambda o: "approve"
    ),
    "GET /workbench/privacy/education/": rule(COMMUNITY | {"dpo", "auditor"}),
    "POST /workbench/privacy/education/class/": rule(
        COMMUNITY, lambda o: {"lesson": "codes", "grid": o.grid.pk, "attended": 9, "held_on": "2026-03-01"}
    ),
    "POST /workbench/privacy/education/drill/": rule(
        DIRECTOR | {"dpo", "auditor"}, lambda o: {"scenario": "account_stops"}
    ),
    "GET /workbench/privacy/open-sensors/": rule(WATCHING),
    "POST /workbench/privacy/open-sensors/<verb>/": rule(
        COMMUNITY, lambda o: {"one": [o.closed_lift]}, verb=lambda o: "propose"
    ),
    "GET /workbench/privacy/numbers/": rule(COMMUNITY | {"dpo", "auditor"}),
    "POST /workbench/privacy/numbers/": rule(
        COMMUNITY, lambda o: {"first": "2025-01-01", "last": "2025-06-30", "share": 250}, status=409
    ),
    "POST /workbench/privacy/numbers/budget/<verb>/": rule(
        DIRECTOR, lambda o: {"amount": "1"}, verb=lambda o: "grant", status=409
    ),
    "GET /workbench/privacy/numbers/<release_id>/": rule(COMMUNITY | {"dpo", "auditor"}),
    "GET /workbench/privacy/numbers/<release_id>/progress/": rule(COMMUNITY | {"dpo", "auditor"}),
    "POST /workbench/privacy/numbers/<release_id>/do/<verb>/": rule(
        DIRECTOR | {"dpo", "auditor"}, lambda o: {"version": o.release.version}, verb=lambda o: "approve"
    ),
    "GET /workbench/privacy/sensing/": rule(WATCHING),
    "GET /workbench/privacy/sensing/new/<kind>/": rule(COMMUNITY, kind=lambda o: "camera"),
    "POST /workbench/privacy/sensing/new/<kind>/": rule(
        COMMUNITY, lambda o: declared(o.building.estate_id), kind=lambda o: "door_sensor"
    ),
    "GET /workbench/privacy/sensing/<declaration_id>/": rule(WATCHING),
    "GET /workbench/privacy/sensing/<declaration_id>/change/": rule(COMMUNITY),
    "POST /workbench/privacy/sensing/<declaration_id>/change/": rule(
        COMMUNITY, lambda o: declared(o.building.estate_id)
    ),
    "POST /workbench/privacy/sensing/<declaration_id>/do/<verb>/": rule(
        COMMUNITY, lambda o: {"version": o.draft.version}, verb=lambda o: "propose"
    ),
    "GET /workbench/privacy/sensing/<declaration_id>/sign-<size>.pdf": rule(
        WATCHING, declaration_id=lambda o: o.gate.pk, size=lambda o: "a5"
    ),
    "POST /workbench/privacy/sensing/ways/<way_id>/<verb>/": rule(COMMUNITY, verb=lambda o: "works"),
    "POST /workbench/privacy/sensing/assess/<kind>/": rule(COMMUNITY | {"dpo"}, kind=lambda o: "camera"),
    "GET /workbench/privacy/assessments/<assessment_id>/": rule(WATCHING),
    "GET /workbench/privacy/assessments/<assessment_id>/report.pdf": rule(WATCHING),
    "POST /workbench/privacy/assessments/<assessment_id>/do/<verb>/": rule(
        COMMUNITY | {"dpo"}, lambda o: {"version": o.assessment.version}, verb=lambda o: "drop"
    ),
    "GET /workbench/privacy/assessments/<assessment_id>/<page>/": rule(COMMUNITY | {"dpo"}, page=lambda o: "why"),
    "POST /workbench/privacy/assessments/<assessment_id>/<page>/": rule(
        COMMUNITY | {"dpo"},
        lambda o: {"version": o.assessment.version, "protection": "锁起来"},
        page=lambda o: "measures",
    ),
    "GET /workbench/devices/": rule(STAFF),
    "GET /workbench/devices/enrol/": rule(COMMUNITY),
    "POST /workbench/devices/enrol/": rule(
        COMMUNITY, lambda o: {"code": "smoke-new", "type": "smoke", "place": f"building:{o.building.pk}"}
    ),
    "POST /workbench/devices/enrol/sticker/": rule(COMMUNITY, lambda o: {"words": "SN:SMK-0001"}),
    "GET /workbench/devices/enrol/standing/": rule(COMMUNITY),
    "GET /workbench/devices/import/": rule(COMMUNITY),
    "POST /workbench/devices/import/": rule(COMMUNITY, devices_file),
    "GET /workbench/devices/import/<upload_id>/": rule(DIRECTOR, upload_id=devices_upload),
    "POST /workbench/devices/import/<upload_id>/": rule(DIRECTOR, lambda o: {"mode": "good"}, upload_id=devices_upload),
    "GET /workbench/devices/import/<upload_id>/rejected.xlsx": rule(DIRECTOR, upload_id=devices_upload),
    "GET /workbench/devices/readings/": rule(COMMUNITY),
    "POST /workbench/devices/readings/": rule(COMMUNITY, readings_file),
    "GET /workbench/devices/readings/template/<kind>.csv": rule(COMMUNITY, kind=lambda o: "lift"),
    "GET /workbench/devices/readings/<file_id>/": rule(DIRECTOR, file_id=readings_kept),
    "POST /workbench/devices/readings/<file_id>/": rule(DIRECTOR, file_id=readings_kept),
    "GET /workbench/devices/readings/<file_id>/bad-rows.csv": rule(DIRECTOR, file_id=readings_kept),
    "GET /workbench/devices/found/": rule(COMMUNITY),
    "GET /workbench/devices/found/<candidate_id>/": rule(COMMUNITY),
    "POST /workbench/devices/found/<candidate_id>/": rule(COMMUNITY, taking_in),
    "POST /workbench/devices/found/<candidate_id>/again/": rule(COMMUNITY, lambda o: {"seen": "x"}),
    "POST /workbench/devices/found/<candidate_id>/leave/": rule(COMMUNITY),
    "GET /workbench/devices/<device_id>/": rule(HERE),
    "GET /workbench/devices/<device_id>/first/": rule(HERE),
    "POST /workbench/devices/<device_id>/do/<verb>/": rule(HERE, lambda o: {"note": "看过了"}, verb=lambda o: "note"),
    "GET /workbench/quarantine/": rule(COMMUNITY),
    "POST /workbench/quarantine/<message_id>/replay/": rule(COMMUNITY),
    "GET /workbench/mine/": rule(SIGNED_IN),
    "POST /workbench/mine/end/": rule(SIGNED_IN),
    "POST /workbench/mine/ring/": rule(CALLED, lambda o: {"subscription": A_BROWSER}),
    "POST /workbench/mine/ring/try/": rule(CALLED),
    "POST /workbench/mine/ring/<browser_id>/end/": rule(frozenset({"grid_worker"}), browser_id=lambda o: o.browser.pk),
    "GET /workbench/people/<resident_id>/sign-in/": rule(HERE),
    "POST /workbench/people/<resident_id>/sign-in/<what>/": rule(
        HERE, lambda o: {"evidence": "看了身份证"}, what=lambda o: "lost"
    ),
    "GET /workbench/accounts/": rule(DIRECTOR),
    "POST /workbench/accounts/<account_id>/<what>/": rule(
        DIRECTOR, account_id=lambda o: o.daughter.pk, what=lambda o: "end"
    ),
    "GET /workbench/privacy/exports/": rule(STAFF | {"dpo", "auditor"}),
    "GET /workbench/privacy/exports/new/": rule(STAFF),
    "POST /workbench/privacy/exports/new/": rule(
        HERE,
        lambda o: {"purpose": "emergency", "fields_wanted": ["name"], "grid": o.grid.pk, "reason": "台风转移叫人"},
    ),
    "GET /workbench/privacy/exports/<export_id>/": rule(GRID_LEAD | DIRECTOR | {"dpo", "auditor"}),
    "POST /workbench/privacy/exports/<export_id>/do/<verb>/": rule(GRID_LEAD, verb=lambda o: "withdraw"),
    "POST /workbench/privacy/exports/<export_id>/fetch/<form>/": rule(
        GRID_LEAD | DIRECTOR | {"dpo", "auditor"}, form=lambda o: "xlsx"
    ),
    "GET /workbench/privacy/log/": rule(frozenset({"dpo", "auditor"})),
    "GET /workbench/privacy/log/export.xlsx": rule(frozenset({"dpo", "auditor"})),
    "GET /workbench/registry/": rule(COMMUNITY),
    "GET /workbench/registry/import/": rule(COMMUNITY),
    "POST /workbench/registry/import/": rule(COMMUNITY, grids_file),
    "GET /workbench/registry/import/<upload_id>/": rule(DIRECTOR),
    "POST /workbench/registry/import/<upload_id>/": rule(DIRECTOR, lambda o: {"mode": "all"}),
    "GET /workbench/registry/import/<upload_id>/rejected.xlsx": rule(DIRECTOR),
    "GET /workbench/registry/imported/<run_id>/<upload_id>/": rule(COMMUNITY),
    "GET /workbench/search/": rule(STAFF),
    "GET /workbench/troubles/": rule(DIRECTOR),
    "GET /workbench/warnings/": rule(STAFF),
    "GET /workbench/warnings/<warning_id>/": rule(HERE),
    "GET /workbench/warnings/calling/": rule(COMMUNITY),
    "POST /workbench/warnings/calling/": rule(DIRECTOR, call_plan),
    "POST /workbench/warnings/calling/changes/<change_id>/<verb>/": rule(
        COMMUNITY - DIRECTOR, change_id=lambda o: o.plan_change.pk, verb=lambda o: "approve"
    ),
    "GET /workbench/warnings/report.pdf": rule(COMMUNITY),
    "POST /workbench/warnings/budget/": rule(STAFF, lambda o: {"per_day": 5}),
    "GET /workbench/warnings/pauses/": rule(STAFF),
    "POST /workbench/warnings/pauses/": rule(COMMUNITY, planned_outage),
    "POST /workbench/warnings/pauses/<pause_id>/end/": rule(HERE, pause_id=lambda o: o.pause.pk),
    "POST /workbench/warnings/pauses/<pause_id>/works/": rule(
        HERE, lambda o: {"works": "yes"}, pause_id=lambda o: o.work_on_smoke.pk
    ),
    "POST /workbench/warnings/<warning_id>/away/": rule(HERE, lambda o: {"until": clock.today() + timedelta(days=1)}),
    "GET /workbench/warnings/rules/": rule(COMMUNITY),
    "GET /workbench/warnings/rules/<key>/": rule(COMMUNITY, key=lambda o: "smoke"),
    "POST /workbench/warnings/rules/<key>/": rule(
        COMMUNITY, lambda o: {"on": "on", "alarm_seconds": 30}, key=lambda o: "smoke"
    ),
    "POST /workbench/warnings/rules/<key>/proposal/": rule(
        COMMUNITY, lambda o: {"decision": "apply"}, key=lambda o: "door_open_long"
    ),
    "POST /workbench/warnings/rules/<key>/changes/<change_id>/<verb>/": rule(
        DIRECTOR, key=lambda o: "gas_alarm", change_id=lambda o: o.rule_change.pk, verb=lambda o: "approve"
    ),
    "POST /workbench/warnings/<warning_id>/units/<unit_id>/phone/": rule(HERE, status=404),
    "POST /workbench/warnings/<warning_id>/do/<verb>/": rule(HERE, verb=lambda o: "acknowledge"),
    "GET /api/v1/openapi.json": rule(PEOPLE),
    "GET /api/v1/understanding": rule(COMMUNITY),
    "POST /api/v1/topics/refresh": rule(COMMUNITY, lambda o: {}),
    "POST /api/v1/sign-in/code": rule(PEOPLE, lambda o: {"phone": "19900000000"}),
    "POST /api/v1/sign-in": rule(NONE, lambda o: {"username": "no-such-account", "password": "wrong"}),
    "POST /api/v1/sign-out": rule(SIGNED_IN, lambda o: {}),
    "GET /api/v1/me": rule(SIGNED_IN),
    "POST /api/v1/photos": rule(SIGNED_IN, lambda o: {"photo": SimpleUploadedFile("a.jpg", picture(), "image/jpeg")}),
    "GET /api/v1/purposes": rule(PEOPLE),
    "GET /api/v1/charter": rule(PEOPLE),
    "GET /api/v1/charter/versions": rule(PEOPLE),
    "POST /api/v1/residents/<resident_id>/reveal": rule(
        HERE, lambda o: {"field": "phone", "purpose": "case_contact", "about": f"case:{o.case.pk}"}
    ),
    "GET /api/v1/my/access-records": rule(SIGNED_IN),
    "GET /api/v1/my/information": rule(OF_AGE),
    "GET /api/v1/retention/terms": rule(SIGNED_IN),
    "GET /api/v1/retention/plans": rule(DIRECTOR | {"dpo", "auditor"}),
    "POST /api/v1/retention/plans/<plan_id>/hold": rule(
        DIRECTOR | {"dpo"}, lambda o: {"version": o.plan.version, "reason": "先看看"}
    ),
    "POST /api/v1/retention/plans/<plan_id>/release": rule(
        DIRECTOR | {"dpo"}, lambda o: {"version": o.plan.version}, status=409
    ),
    "GET /api/v1/retention/register": rule(DIRECTOR | {"dpo", "auditor"}),
    "GET /api/v1/studies": rule(STUDIES),
    "POST /api/v1/studies": rule(
        frozenset({"analyst"}),
        lambda o: {"title": "研究", "why": "想知道", "views": ["residents"], "ends_on": "2000-01-01"},
        status=422,
    ),
    "GET /api/v1/studies/<study_id>": rule(STUDIES),
    "GET /api/v1/studies/<study_id>/shapes": rule(STUDIES),
    "POST /api/v1/studies/<study_id>/approve": rule(DIRECTOR | {"dpo"}, study_id=lambda o: o.proposed.pk),
    "POST /api/v1/studies/<study_id>/end": rule(DIRECTOR | {"analyst", "dpo"}),
    "GET /api/v1/studies/<study_id>/questions": rule(STUDIES),
    "POST /api/v1/studies/<study_id>/questions": rule(
        frozenset({"analyst"}), lambda o: {"view": "residents", "group_by": ["sex"]}
    ),
    "POST /api/v1/study-questions/<question_id>/approve": rule(DIRECTOR | {"dpo"}),
    "POST /api/v1/study-questions/<question_id>/refuse": rule(DIRECTOR | {"dpo"}, lambda o: {"reason": "不清楚"}),
    "POST /api/v1/study-questions/<question_id>/replay": rule(STUDIES, status=409),
    "GET /api/v1/joint/partners": rule(COMMUNITY | {"dpo", "auditor"}),
    "GET /api/v1/joint/runs": rule(COMMUNITY | {"dpo", "auditor"}),
    "POST /api/v1/joint/runs": rule(
        COMMUNITY | {"dpo"},
        lambda o: {"partner_id": o.partner.pk, "question": "多少人", "people": "65"},
        status=409,
    ),
    "GET /api/v1/joint/runs/<joint_id>": rule(COMMUNITY | {"dpo", "auditor"}),
    "POST /api/v1/joint/runs/<joint_id>/approve": rule(DIRECTOR | {"dpo"}, status=422),
    "POST /api/v1/joint/runs/<joint_id>/refuse": rule(DIRECTOR | {"dpo"}, lambda o: {"reason": "先不数"}),
    "POST /api/v1/joint/runs/<joint_id>/withdraw": rule(COMMUNITY | {"dpo"}),
    "GET /api/v1/joint/log": rule(COMMUNITY | {"dpo", "auditor"}),
    "GET /api/v1/rights-requests": rule(SIGNED_IN),
    "POST /api/v1/rights-requests": rule(ELDER, lambda o: {"kind": "deletion", "resident_id": o.elder.pk}),
    "POST /api/v1/rights-requests/for-somebody": rule(
        HERE, lambda o: {"kind": "deletion", "resident_id": o.elder.pk, "channel": "desk", "evidence": "x"}
    ),
    "GET /api/v1/rights-requests/<rights_id>": rule(ELDER | DIRECTOR | {"dpo"}),
    "POST /api/v1/rights-requests/<rights_id>/withdraw": rule(ELDER, lambda o: {}),
    "GET /api/v1/my/consents": rule(SIGNED_IN),
    "POST /api/v1/consents": rule(
        HERE | {"elder"},
        lambda o: {"purpose": "water_care", "resident_id": o.elder.pk, "channel": "door", "evidence": "x"},
    ),
    "POST /api/v1/consents/decline": rule(
        HERE | ELDER, lambda o: {"purpose": "door_care", "resident_id": o.elder.pk, "channel": "door"}
    ),
    "POST /api/v1/care/rounds": rule(HERE | ELDER, lambda o: {"purpose": "water_care", "resident_id": o.elder.pk}),
    "GET /api/v1/care/visits": rule(STAFF),
    "POST /api/v1/care/visits/<visit_id>/well": rule(HERE, lambda o: {"note": "在家"}),
    "POST /api/v1/care/visits/<visit_id>/no-answer": rule(HERE, lambda o: {}),
    "POST /api/v1/consents/<consent_id>/withdraw": rule(HERE | ELDER, lambda o: {}),
    "GET /api/v1/demo/clock": rule(NONE),
    "POST /api/v1/demo/clock": rule(NONE, lambda o: {"speed": 1}),
    "POST /api/v1/demo/happen": rule(NONE, lambda o: {"what": "trapped"}),
    "GET /api/v1/demo/orders": rule(NONE),
    "POST /api/v1/registry/imports": rule(COMMUNITY, grids_file),
    "GET /api/v1/registry/imports/<upload_id>/rejected.xlsx": rule(DIRECTOR),
    "GET /api/v1/registry/inventory": rule(COMMUNITY | {"dpo", "auditor"}),
    "GET /api/v1/registry/templates/<kind>": rule(SIGNED_IN),
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
    "GET /api/v1/sensing": rule(PEOPLE),
    "GET /api/v1/sensing/declarations": rule(SIGNED_IN),
    "GET /api/v1/sensing/declarations/<declaration_id>": rule(WATCHING | GRID | {"other_grid_worker"}),
    "GET /api/v1/sensing/assessments": rule(WATCHING),
    "GET /api/v1/sensing/assessments/<assessment_id>": rule(WATCHING),
    "GET /api/v1/observations/view": rule(NONE),
    "POST /api/v1/observations": rule(NONE, lambda o: {"t": 0, "v": {"alarm": 0}}),
    "GET /api/v1/telemetry/status": rule(STAFF),
    "GET /api/v1/lessons": rule(SIGNED_IN),
    "POST /api/v1/lessons/<key>/answers": rule(
        SIGNED_IN - STAFF, lambda o: {"answers": [0, 0, 0, 0, 0]}, key=lambda o: "codes"
    ),
    "GET /api/v1/numbers/<community>": rule(PEOPLE),
    "GET /api/v1/publishing/budget": rule(COMMUNITY | {"dpo", "auditor"}),
    "POST /api/v1/publishing/budget": rule(DIRECTOR, lambda o: {"amount": "1"}, status=409),
    "POST /api/v1/publishing/budget/lower": rule(DIRECTOR | {"dpo", "auditor"}, lambda o: {"amount": "0.001"}),
    "GET /api/v1/publishing/releases": rule(COMMUNITY | {"dpo", "auditor"}),
    "POST /api/v1/publishing/releases": rule(
        COMMUNITY, lambda o: {"first_day": "2025-01-01", "last_day": "2025-06-30", "share": 250}, status=409
    ),
    "POST /api/v1/publishing/releases/<release_id>/approve": rule(
        DIRECTOR | {"dpo", "auditor"}, lambda o: {"version": o.release.version}
    ),
    "POST /api/v1/publishing/releases/<release_id>/refuse": rule(
        DIRECTOR | {"dpo", "auditor"}, lambda o: {"version": o.release.version, "reason": "不行"}
    ),
    "POST /api/v1/publishing/releases/<release_id>/withdraw": rule(
        frozenset({"community_worker"}), lambda o: {"version": o.release.version}
    ),
    "GET /api/v1/telemetry/quarantine": rule(COMMUNITY),
    "POST /api/v1/telemetry/quarantine/<id>/replay": rule(COMMUNITY, status=503),
    "POST /api/v1/requests": rule(
        STAFF | RESIDENTS | {"building_lead", "property_company"},
        lambda o: {"words": "楼道灯不亮", "client_key": "sweep-1", "building_id": o.building.pk},
    ),
    "GET /api/v1/requests": rule(SIGNED_IN),
    "GET /api/v1/requests/<request_id>": rule(HERE | FAMILY),
    "POST /api/v1/requests/<request_id>/rating": rule(
        FAMILY | COMMUNITY, lambda o: {"solved": True, "satisfaction": 5}, request_id=answered
    ),
    "GET /api/v1/cases": rule(SIGNED_IN),
    "GET /api/v1/cases/<case_id>": rule(HERE | FAMILY),
    "POST /api/v1/cases/<case_id>/<verb>": rule(HERE, lambda o: {"version": o.case.version, "text": "去看看"}),
    "GET /api/v1/warnings": rule(SIGNED_IN),
    "GET /api/v1/warnings/<warning_id>": rule(HERE),
    "GET /api/v1/warnings/rules": rule(STAFF),
    "POST /api/v1/warnings/rules/<key>": rule(
        COMMUNITY, lambda o: {"on": True, "settings": {}, "reason": "换了新的"}, key=lambda o: "smoke"
    ),
    "GET /api/v1/warnings/rules/<key>/changes": rule(COMMUNITY, key=lambda o: "smoke"),
    "POST /api/v1/warnings/rules/changes/<change_id>/<verb>": rule(
        DIRECTOR, lambda o: {}, change_id=lambda o: o.rule_change.pk, verb=lambda o: "approve"
    ),
    "POST /api/v1/warnings/rules/<key>/proposal": rule(
        COMMUNITY, lambda o: {"apply": False}, key=lambda o: "door_open_long"
    ),
    "POST /api/v1/warnings/replies": rule(NONE, lambda o: {"key": "call:1", "pressed": "1"}),
    "POST /api/v1/warnings/<warning_id>/acknowledge": rule(HERE, lambda o: {}),
    "POST /api/v1/warnings/<warning_id>/arrive": rule(HERE, lambda o: {}),
    "POST /api/v1/warnings/<warning_id>/take_over": rule(HERE, lambda o: {}, status=409),
    "POST /api/v1/warnings/<warning_id>/handle": rule(HERE, lambda o: {"on_site": True}),
    "POST /api/v1/warnings/<warning_id>/clear": rule(HERE, lambda o: {}, status=409),
    "POST /api/v1/warnings/<warning_id>/release": rule(HERE, lambda o: {}, warning_id=lambda o: o.held.pk),
    "POST /api/v1/warnings/<warning_id>/dismiss": rule(
        HERE, lambda o: {"finding": "false", "note": "test", "on_site": True}
    ),
}
