"""An elder learns on a phone with a mistake in the middle; the director sees a number by grid and starts a drill."""

import pytest
from playwright.sync_api import expect

from linli.foundation.privacy.education.lessons import all_lessons
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import Looker

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday_morning")]


def test_an_elder_finishes_a_lesson_with_a_mistake_in_the_middle(signed_in):
    page = signed_in("elder", PHONE)
    looker = Looker(page, None)
    page.goto("/portal/me/")
    page.get_by_role("link", name="保护自己的信息").click()
    page.get_by_role("link", name="验证码谁也不给").click()
    looker.examine(390)
    page.get_by_role("link", name="答五道小题").click()
    for number, question in enumerate(all_lessons()["codes"].questions, start=1):
        if number == 2:
            page.get_by_label(question.choices[(question.right + 1) % 3].zh).check()
            page.get_by_role("button", name="就选这个").click()
            expect(page.get_by_text("不对，再想想。")).to_be_visible()
            looker.examine(390)
        page.get_by_label(question.choices[question.right].zh).check()
        page.locator("form button.primary").click()
        expect(page.get_by_text("答对了。")).to_be_visible()
        if number < 5:
            page.get_by_role("link", name="下一题").click()
    expect(page.get_by_text("这一课学完了")).to_be_visible()
    looker.examine(390)
    assert not looker.findings


def test_the_director_sees_grids_and_starts_a_drill_only_after_a_second_thought(signed_in):
    page = signed_in("community_director", DESK)
    looker = Looker(page, None)
    page.goto("/workbench/privacy/education/")
    looker.examine(1440)
    first = page.get_by_role("button", name="发出这条演练").first
    first.click()
    page.get_by_role("button", name="先不发").click()
    expect(page.get_by_text("还没有做过演练")).to_be_visible()
    first.click()
    looker.examine(1440)
    assert not looker.findings
