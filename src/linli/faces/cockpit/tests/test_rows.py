import io

import pytest
from openpyxl import load_workbook

from linli.faces.cockpit.tests.test_state import open_case
from linli.foundation.documents.spreadsheets import plain
from linli.foundation.registry.models import Resident


def test_a_grid_worker_opens_a_number_to_its_own_grid_and_is_told_of_the_rest(client, world, monday_morning):
    with world.scope():
        open_case(world)
        open_case(world, "EV-2", grid=world.grids[1], building=world.buildings[1])
    client.force_login(world.accounts["grid_worker"])
    page = client.get("/cockpit/rows/cases")
    assert [line["cells"][0][1] for line in page.context["lines"]] == ["EV-1"]
    assert "另有 1 条不在您的范围里" in page.content.decode()


def test_a_wall_opens_no_rows(client, world):
    client.force_login(world.accounts["wall_display"])
    assert client.get("/cockpit/rows/residents").status_code == 403


@pytest.mark.parametrize(
    "query", ["cases?grid=abc", "cases?grid=-1", "cases?week=yesterday", "residents?from=200", "residents?from=40&to=30",
              "devices?type=ufo", "buildings?standing=bad", "cases?building=99999999999999999999", "warnings?id=x"],
)  # fmt: skip
def test_a_filter_that_cannot_be_read_is_refused_in_words(client, world, query):
    client.force_login(world.accounts["community_director"])
    assert client.get(f"/cockpit/rows/{query}").status_code == 422


def test_an_unknown_kind_of_row_is_not_found(client, world):
    client.force_login(world.accounts["community_director"])
    assert client.get("/cockpit/rows/secrets").status_code == 404


def test_ages_are_full_years_on_the_day(client, world, monday_morning):
    client.force_login(world.accounts["community_director"])
    page = client.get("/cockpit/rows/residents", {"from": "9", "to": "9"})
    assert page.context["page"].paginator.count == 0, "born 29 February 2016: ten since yesterday"
    page = client.get("/cockpit/rows/residents", {"from": "10", "to": "19"})
    assert page.context["page"].paginator.count == 1


def test_exports_are_masked_and_safe_to_open_in_a_spreadsheet(client, world, monday_morning):
    with world.scope():
        open_case(world, title='=HYPERLINK("http://example.invalid")')
        names = [r.name for r in Resident.objects.all()]
    client.force_login(world.accounts["community_director"])
    listed = client.get("/cockpit/rows/residents", {"format": "csv"}).content.decode("utf-8-sig")
    assert not any(name in listed for name in names if len(name) > 2)
    book = load_workbook(io.BytesIO(client.get("/cockpit/rows/cases", {"format": "xlsx"}).content))
    rows = list(book.active.iter_rows(values_only=True))
    assert len(rows) == 3 and rows[1][1].startswith("'=HYPERLINK")
    assert "社区主任 community_director" in rows[2][0] and "请勿外传" in rows[2][0]
    assert "社区主任 community_director" in listed.splitlines()[-1]
    assert plain("+1") == "'+1" and plain("楼道") == "楼道"
