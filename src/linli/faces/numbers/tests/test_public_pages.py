"""What everybody reads about the neighbourhood without signing in."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date

import pytest

from linli.faces.kit.tests.outside import digits_outside_the_gate
from linli.foundation.accounts.models import Grant
from linli.foundation.privacy.publishing.models import Figure
from linli.foundation.privacy.publishing.tests.releasing import crowd, publish
from linli.foundation.registry.models import Resident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

NO_COUNTS = (r"60 岁|80 岁|60 周岁|80 周岁", r"0571-\d+-\d+|8:00–20:00", r"少于 5 件")


@pytest.fixture
def released(world):
    crowd(world)
    return publish(world, share=1000)


def told(world, release, key: str) -> int | None:
    with world.scope():
        return Figure.objects.get(release=release, key=key).value


def test_a_visitor_reads_the_numbers_with_their_error_and_their_age(client, world, released):
    assert client.get("/numbers/").headers["Location"] == "/numbers/mx/"
    page = client.get("/numbers/mx/").content.decode()
    residents = told(world, released, "residents")
    assert f">{residents:,}</data>" in page and "± 10" in page
    assert "2026-01-01 到 2026-02-28 的数" in page
    assert abs(residents - 605) < 60


def test_no_digit_on_the_public_page_stands_outside_the_gate(client, world, released):
    for theme in ("standard", "elder", "dark"):
        page = client.get(f"/numbers/mx/?theme={theme}").content.decode()
        assert digits_outside_the_gate(page, *NO_COUNTS) == [], theme


def test_what_is_too_uncertain_is_said_to_be_so(client, world, released):
    assert told(world, released, "requests") is None
    assert "太少，不公布" in client.get("/numbers/mx/").content.decode()


def test_the_page_says_why_people_are_not_counted_by_building_and_age(client, world):
    """Two hundred people in two buildings: a building holds a hundred, an age band of it a handful."""
    crowd(world, 200)
    publish(world, share=1000)
    page = client.get("/numbers/mx/").content.decode()
    assert re.search(r"按楼数人：一幢楼大约 (9|10|11)\d 人，误差 ±6，还看得准", page)
    assert re.search(r"按楼再按年龄：一格大约只有 1\d 人，误差 ±6。误差比数还显眼", page)


def test_the_files_say_what_the_page_says(client, world, released):
    rows = list(csv.DictReader(io.StringIO(client.get("/numbers/mx/1/numbers.csv").content.decode("utf-8-sig"))))
    assert len(rows) == 10
    by_key = {row["key"]: row for row in rows}
    assert by_key["residents"]["value"] == str(told(world, released, "residents"))
    assert by_key["requests"]["kind"] == "not_told" and by_key["requests"]["value"] == ""
    found = json.loads(client.get("/numbers/mx/1/numbers.json").content)
    assert found["epsilon"] == 5 and len(found["figures"]) == 10 and found["licence"] == "CC-BY-4.0"
    codebook = client.get("/numbers/mx/1/codebook.csv").content.decode("utf-8-sig")
    assert "其中最后一天满 60 周岁的人数" in codebook and "OpenDP" in codebook
    table = client.get("/numbers/mx/1/raised_where.csv").content.decode("utf-8-sig")
    assert table.startswith("row_zh,row_en,column_zh")
    api = client.get("/api/v1/numbers/mx").json()
    assert api["figures"][0]["value"] == told(world, released, "residents")


@pytest.mark.parametrize(
    "address", ["/numbers/nowhere/", "/numbers/mx/2/", "/numbers/mx/1/secrets.csv", "/numbers/mx/1/numbers.xml",
                "/numbers/mx/1/codebook.json", "/numbers/mx/99999999999999999999/", "/api/v1/numbers/nowhere",
                "/api/v1/numbers/mx?release=7"],
)  # fmt: skip
def test_what_is_not_published_is_not_there(client, world, released, address):
    assert client.get(address).status_code == 404


def test_looking_again_draws_no_new_noise(client, world, released):
    first = client.get("/numbers/mx/1/numbers.csv").content
    with world.scope():
        Resident.objects.filter(code="C1").delete()
    assert client.get("/numbers/mx/1/numbers.csv").content == first


def test_before_the_first_release_the_page_says_when_there_will_be_one(client, world):
    page = client.get("/numbers/mx/")
    assert page.status_code == 200 and "还没有公布过数" in page.content.decode()


def test_several_communities_are_offered_to_a_visitor(client, world, other_world, released):
    page = client.get("/numbers/").content.decode()
    assert "/numbers/mx/" in page and "/numbers/other/" in page and "还没有公布过" in page


def test_a_proposal_is_not_public(client, world):
    from linli.foundation.privacy.publishing import actions, ledger

    with world.scope():
        ledger.grant("open_numbers", "5", actor=world.actor("community_director"))
        actions.propose(date(2026, 1, 1), date(2026, 2, 28), share=250, actor=world.actor("community_worker"))
    assert "还没有公布过数" in client.get("/numbers/mx/").content.decode()
    assert client.get("/numbers/mx/1/").status_code == 404


def test_the_street_office_compares_published_numbers_and_nothing_else(client, world, other_world, released):
    crowd(other_world, 1400)
    publish(other_world, share=1000)
    client.force_login(world.accounts["street_office"])
    page = client.get("/numbers/compare/")
    body = page.content.decode()
    assert "试验社区" in body and "邻村社区" in body
    assert digits_outside_the_gate(body, *NO_COUNTS, r"到 \d+-\d+-\d+") == []
    rows = {str(row.title): row.clear for row in page.context["rows"]}
    assert rows["住在这里的人"] is True
    assert rows["居民反映的事"] is False


def test_a_difference_within_the_errors_is_none(client, world, other_world, released):
    crowd(other_world)
    publish(other_world, share=1000)
    client.force_login(world.accounts["community_director"])
    rows = {str(row.title): row.clear for row in client.get("/numbers/compare/").context["rows"]}
    assert rows["一个人住的人"] is False


def test_a_street_office_without_its_grant_compares_nothing(client, world, other_world, released):
    Grant.objects.filter(account=world.accounts["street_office"]).delete()
    client.force_login(world.accounts["street_office"])
    assert client.get("/numbers/compare/").status_code == 403


@pytest.mark.parametrize("who", ["elder", "grid_worker", "wall_display", "property_company"])
def test_who_has_no_part_in_it_compares_nothing(client, world, who):
    client.force_login(world.accounts[who])
    assert client.get("/numbers/compare/").status_code == 403
