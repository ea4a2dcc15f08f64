"""Every page in every theme, in both languages, at a desk and on a phone: axe finds nothing, nothing sticks out."""

from __future__ import annotations

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.urls import path
from playwright.sync_api import Page

from linli.act.casework.actions import accept, receive
from linli.config.urls import urlpatterns as linli_urls
from linli.foundation.accounts.models import Account
from tests.browser.conftest import DESK
from tests.browser.looking import Looker, View
from tests.sweep.objects import Objects, place_objects

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG_WORDS = "四号楼后面的路灯从礼拜天起就不亮了，晚上出门看不见路。" * 12 + "https://example.org/" + "x" * 120
MANY = 58
PASSWORD = "correct horse battery"
"""Of every account of the small community."""
LOOKS = [("standard", "zh-hans"), ("elder", "zh-hans"), ("standard", "en"), ("elder", "en")]
DESK_LOOKS = [("standard", "zh-hans"), ("dark", "zh-hans"), ("standard", "en")]


def press(selector: str):
    def arrange(page: Page) -> None:
        page.click(selector)
        page.wait_for_load_state()

    return arrange


def send(**values: str):
    """Fill the page's own form and send it; what is missing stays missing."""

    def arrange(page: Page) -> None:
        for name, value in values.items():
            page.fill(f"main [name={name}]", value)
        page.click("main form .btn.primary")
        page.wait_for_load_state()

    return arrange


def answer(choice: int):
    def arrange(page: Page) -> None:
        page.check(f"[name=choice][value='{choice}']")
        page.click("main form .btn.primary")
        page.wait_for_load_state()

    return arrange


def walk_to_step(step: int):
    def arrange(page: Page) -> None:
        page.fill("#words", "有人困在电梯里了，快来")
        for wanted in range(2, step + 1):
            page.click(f"button[name=to][value='{wanted}']")
            page.wait_for_selector(f"form[data-step='{wanted}']")

    return arrange


def open_keys(page: Page) -> None:
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")


def open_dialog(verb: str):
    def arrange(page: Page) -> None:
        page.evaluate("verb => document.querySelector(`#do-${verb}`).showModal()", verb)

    return arrange


def send_empty_dialog(verb: str):
    def arrange(page: Page) -> None:
        open_dialog(verb)(page)
        page.evaluate("verb => document.querySelector(`#do-${verb} form`).noValidate = true", verb)
        page.click(f"#do-{verb} button.primary")
        page.wait_for_load_state()

    return arrange


def take_down(page: Page) -> None:
    page.click("details:has(form[action$='/do/withdraw/']) summary")
    page.click("form[action$='/do/withdraw/'] .btn.danger")
    page.wait_for_load_state()


DOORS = [
    View("first page", "/sign-in/"),
    View("not a number", "/sign-in/", send(phone="12")),
    View("staff", "/sign-in/staff/"),
    View("wrong password", "/sign-in/staff/", send(username="nobody", password="wrong")),
    View("by staff", "/sign-in/closed/"),
    View("code", "/sign-in/", send(phone="19900000000")),
    View("wrong code", "/sign-in/code/", send(code="000000")),
    View("nothing here", "/nothing/here/"),
    View("offline", "/offline/"),
    View("rating by link", "/r/{o.rating_token}"),
    View("rating without an answer", "/r/{o.rating_token}", press("main form .btn.primary")),
    View("what is sensed", "/sensing/"),
    View("behind a sign", "/sensing/{o.gate.code}/"),
    View("a sign that was taken down", "/sensing/AAAA/"),
    View("link that has expired", "/r/{o.rating_token}x"),
    View("broken", "/broken/"),
]

PORTAL = [
    View("home", "/portal/"),
    View("report", "/portal/report/"),
    View("matters", "/portal/matters/"),
    View("matter under way", "/portal/matters/{o.request.pk}/"),
    View("matter to rate", "/portal/matters/{o.answered_request.pk}/"),
    View("rating without an answer", "/portal/matters/{o.answered_request.pk}/", press("#rate form .btn.primary")),
    View("long words", "/portal/matters/{o.long_request.pk}/"),
    View("sent", "/portal/report/sent/{o.request.pk}/"),
    View("family", "/portal/family/"),
    View("me", "/portal/me/"),
    View("where I am signed in", "/portal/me/devices/"),
    View("what is held", "/portal/me/information/"),
    View("who looked", "/portal/me/looks/"),
    View("looks narrowed to nothing", "/portal/me/looks/?who=nobody"),
    View("my rights", "/portal/me/rights/"),
    View("ask for a copy", "/portal/me/rights/new/copy/"),
    View("ask for a correction without saying which", "/portal/me/rights/new/correction/", press("form .btn.primary")),
    View("ask for deletion", "/portal/me/rights/new/deletion/"),
    View("ask for an explanation", "/portal/me/rights/new/explanation/"),
    View("object", "/portal/me/rights/new/objection/"),
    View("a copy that is ready", "/portal/me/rights/{o.rights.pk}/"),
    View("consents", "/portal/me/consents/"),
    View("consent to withdraw", "/portal/me/consents/?withdraw={o.consent.pk}"),
    View("sensing at home and gate", "/portal/me/sensing/"),
    View("what the gate keeps", "/portal/me/sensing/", press("section[id^=gate-] summary")),
    View("lessons", "/portal/lessons/"),
    View("lesson", "/portal/lessons/codes/"),
    View("question", "/portal/lessons/codes/1/"),
    View("wrong answer", "/portal/lessons/codes/1/", answer(0)),
    View("suspicious message", "/portal/lessons/suspicious/", send(words="您涉嫌洗钱，请立即转账")),
    View("not for residents", "/workbench/"),
    View("sign out", "/sign-out/"),
]
STANDARD_REPORT = [
    View("report without words", "/portal/report/", press("main .p-bar .btn")),
    View("report elsewhere", "/portal/report/", press("label:has(input[value=pin])")),
]
ELDER_REPORT = [
    View("step 1 without words", "/portal/report/", press("button[name=to][value='2']")),
    View("step 2", "/portal/report/", walk_to_step(2)),
    View("step 3", "/portal/report/", walk_to_step(3)),
]
EMPTY_PORTAL = [
    View("home with nothing", "/portal/"),
    View("no matters", "/portal/matters/"),
    View("nobody looked", "/portal/me/looks/"),
    View("no consents", "/portal/me/consents/"),
    View("no family", "/portal/family/"),
]


def send_hold(page):
    """Open the form and send it empty."""
    page.locator("details.card summary").first.click()
    page.locator("details.card form .btn.primary").first.click()


WORKBENCH = [
    View("today", "/workbench/"),
    View("case", "/workbench/cases/{o.case.pk}/"),
    View("case with long words", "/workbench/cases/{o.long.pk}/"),
    View("answered case", "/workbench/cases/{o.answered.pk}/"),
    View("keys", "/workbench/cases/{o.case.pk}/", open_keys),
    View("more", "/workbench/cases/{o.case.pk}/", press("[data-acts] summary")),
    View("dialog", "/workbench/cases/{o.case.pk}/", open_dialog("feed_back")),
    View("dialog sent empty", "/workbench/cases/{o.case.pk}/", send_empty_dialog("feed_back")),
    View("verb", "/workbench/cases/{o.case.pk}/do/note/"),
    View("sheet", "/workbench/cases/{o.case.pk}/sheet/"),
    View("phone", "/workbench/cases/{o.case.pk}/", press(".reveal button")),
    View("cases", "/workbench/cases/"),
    View("no such cases", "/workbench/cases/?q=zzz"),
    View("desk", "/workbench/desk/"),
    View("desk without words", "/workbench/desk/", send()),
    View("warnings", "/workbench/warnings/"),
    View("warning", "/workbench/warnings/{o.warning.pk}/"),
    View("warning dialog", "/workbench/warnings/{o.warning.pk}/", press(".btn[data-open-dialog]")),
    View("map", "/workbench/map/"),
    View("building", "/workbench/map/?building={o.building.pk}"),
    View("search", "/workbench/search/"),
    View("found", "/workbench/search/?q=孟"),
    View("nothing found", "/workbench/search/?q=zzz"),
    View("quarantine", "/workbench/quarantine/"),
    View("troubles", "/workbench/troubles/"),
    View("protection", "/workbench/privacy/"),
    View("requests about information", "/workbench/privacy/rights/?show=all"),
    View("no such requests", "/workbench/privacy/rights/?kind=objection"),
    View("request about information", "/workbench/privacy/rights/{o.rights.pk}/"),
    View("write a request down", "/workbench/privacy/rights/new/"),
    View("write a request down without a person", "/workbench/privacy/rights/new/", send()),
    View("my sign-in", "/workbench/mine/"),
    View("a lost telephone", "/workbench/people/{o.elder.pk}/sign-in/"),
    View("a lost telephone without evidence", "/workbench/people/{o.elder.pk}/sign-in/", press("main .btn.danger")),
    View("accounts", "/workbench/accounts/"),
    View("an account to stop", "/workbench/accounts/?lost={o.daughter.pk}"),
    View("lists", "/workbench/privacy/exports/"),
    View("ask for a list", "/workbench/privacy/exports/new/"),
    View("ask for a list of nothing", "/workbench/privacy/exports/new/", send()),
    View("list to agree to", "/workbench/privacy/exports/{o.export.pk}/"),
    View(
        "list refused without a word",
        "/workbench/privacy/exports/{o.export.pk}/",
        press("form[action$=refuse\\/] .btn"),
    ),
    View("deletion", "/workbench/privacy/retention/"),
    View("a hold without a reason", "/workbench/privacy/retention/", send_hold),
    View("sensing", "/workbench/privacy/sensing/"),
    View("no such declarations", "/workbench/privacy/sensing/?state=withdrawn"),
    View("draft", "/workbench/privacy/sensing/{o.draft.pk}/"),
    View("declared gate", "/workbench/privacy/sensing/{o.gate.pk}/"),
    View("take down without a reason", "/workbench/privacy/sensing/{o.gate.pk}/", take_down),
    View("declare a camera", "/workbench/privacy/sensing/new/camera/"),
    View("declare nothing", "/workbench/privacy/sensing/new/access_gate/", press("main form .btn.primary")),
    View("assessment", "/workbench/privacy/assessments/{o.gate.assessment_id}/"),
    View("guide", "/workbench/privacy/assessments/{o.assessment.pk}/why/"),
    View("guide to measures", "/workbench/privacy/assessments/{o.assessment.pk}/measures/"),
    View("guide's end", "/workbench/privacy/assessments/{o.assessment.pk}/check/"),
    View("unusual looks", "/workbench/privacy/looks/?show=all"),
    View("lessons", "/workbench/lessons/"),
    View("lesson", "/workbench/lessons/phishing/"),
    View("question", "/workbench/lessons/phishing/1/"),
    View("privacy education", "/workbench/privacy/education/"),
    View("class without a number", "/workbench/privacy/education/", press("main form.card .btn.primary")),
    View("inventory", "/workbench/registry/"),
    View("import", "/workbench/registry/import/"),
    View("import without a file", "/workbench/registry/import/", send()),
]
OVERSIGHT = [
    View("security log", "/workbench/privacy/log/"),
    View("nothing in the log", "/workbench/privacy/log/?kind=exported&outcome=no"),
    View("lists", "/workbench/privacy/exports/"),
]
EMPTY_WORKBENCH = [View("nothing today", "/workbench/"), View("no warnings", "/workbench/warnings/")]
SECOND_FACTOR = [
    View("mine", "/sign-in/second-factor/mine/"),
    View("who are you", "/sign-in/second-factor/set-up/"),
    View("not you", "/sign-in/second-factor/set-up/", send(password="wrong")),
    View("set up", "/sign-in/second-factor/set-up/", send(password=PASSWORD)),
    View("set up with a wrong code", "/sign-in/second-factor/set-up/", send(code="1")),
    View("passkey", "/sign-in/second-factor/passkey/"),
    View("another password", "/sign-in/password/"),
    View("another password without words", "/sign-in/password/", send()),
]

COCKPIT = [
    View("cockpit", "/cockpit/"),
    *(
        View(f"rows of {what}", f"/cockpit/rows/{what}")
        for what in ("cases", "warnings", "needs", "buildings", "devices", "residents", "ratings")
    ),
    View("empty rows", "/cockpit/rows/cases?stage=paused"),
    View("no such rows", "/cockpit/rows/nothing"),
]


def fail(request):
    raise RuntimeError("this page is broken")


urlpatterns = [*linli_urls, path("broken/", fail)]
handler404 = "linli.faces.kit.failing.not_found"
handler403 = "linli.faces.kit.failing.forbidden"
handler500 = "linli.faces.kit.failing.broken"


@pytest.fixture
def objects(world) -> Objects:
    """The objects of the sweep, and beside them long words and lists of more than one page."""
    placed = place_objects(world)
    with world.scope():
        received = receive(LONG_WORDS, actor=world.actor("elder"), photo_ids=[placed.photo.pk])
        accept(received.case.pk, actor=world.actor("community_director"))
        placed.long, placed.long_request = received.case, received.request
        placed.answered = placed.answered_request.joined.case
        for n in range(MANY):
            receive(f"第 {n} 件：单元门关不上", actor=world.actor("resident"))
    return placed


@pytest.fixture
def looks(signed_in, objects):
    """``looks("elder", views, "dark", "en")``: fails on anything wrong with the views as that person sees them."""

    def look(who: str | None, views: list[View], theme: str, language: str = "zh-hans") -> None:
        cache.clear()  # how often a code may be asked for is counted across tests
        Account.objects.update(theme=theme, language=language)
        page = signed_in(who, DESK, language=language)
        looker = Looker(page, objects, theme=theme if who is None else "")
        for view in views:
            looker.look(view)
        assert not looker.findings, "\n".join(["", *looker.findings])

    return look


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("theme", "language"), LOOKS)
def test_doors_and_refusals(looks, theme, language):
    looks(None, DOORS, theme, language)


@pytest.mark.parametrize(("theme", "language"), LOOKS)
def test_the_portal(looks, theme, language):
    looks("elder", PORTAL + (ELDER_REPORT if theme == "elder" else STANDARD_REPORT), theme, language)


@pytest.mark.parametrize("theme", ["standard", "elder"])
def test_the_portal_with_nothing_in_it(looks, theme):
    looks("neighbour", EMPTY_PORTAL, theme)
    looks("family_proxy", [View("whom for", "/portal/proxy/")], theme)


@pytest.mark.parametrize(("theme", "language"), DESK_LOOKS)
def test_the_workbench(looks, theme, language):
    looks("community_director", WORKBENCH, theme, language)


def test_what_oversight_sees(looks):
    looks("auditor", OVERSIGHT, "standard")


def test_the_workbench_with_nothing_to_do(looks):
    looks("other_grid_worker", EMPTY_WORKBENCH, "standard")


@pytest.mark.parametrize(("theme", "language"), DESK_LOOKS)
def test_the_cockpit(looks, theme, language):
    looks("community_director", COCKPIT, theme, language)
    looks("wall_display", [View("wall", "/cockpit/")], theme, language)


def test_the_second_factor(looks, world):
    looks("grid_worker", SECOND_FACTOR, "standard")
    account = world.accounts["grid_worker"]
    TOTP.activate(account, generate_totp_secret())
    RecoveryCodes.activate(account)
    asked = View("asked", "/sign-in/staff/", send(username=account.username, password=PASSWORD))
    wrong = View("wrong code", "/sign-in/second-factor/", send(code="1"))
    looks(None, [asked, wrong], "standard")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_door_of_the_demo(looks, settings, language):
    settings.LINLI_DEMO = True
    happenings = View("what may happen", "/", press(".demo-happen summary"))
    looks(None, [View("door", "/"), happenings], "standard", language)
    looks("community_director", [View("bar over the cockpit", "/cockpit/")], "dark", language)


@pytest.mark.parametrize("theme", ["standard", "elder", "dark"])
def test_the_components(looks, theme):
    looks(None, [View("styleguide", "/styleguide/")], theme)
