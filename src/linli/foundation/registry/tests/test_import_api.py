"""Importing through the public door."""

import io
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from linli.foundation import clock
from linli.foundation.registry.models import ImportRun, ImportUpload, Resident
from linli.foundation.registry.tasks import forget_uploads

HEADINGS = "居民编号,姓名,性别,出生日期,电话,小区编号,幢号,单元号,室号,户号,独居"
GOOD = "N1,欧阳若岚,女,1950-01-31,19900000001,E1,1,1,201,HX,否"
BAD = "N2,买买提·艾山,男,2099-01-01,1.38E+10,E9,1,1,201,,否"


def client_of(world, who: str) -> Client:
    client = Client()
    client.force_login(world.accounts[who], backend="django.contrib.auth.backends.ModelBackend")
    return client


def post(client: Client, *lines: str, mode: str, template: str = "residents"):
    file = SimpleUploadedFile("居民.csv", "\n".join((HEADINGS, *lines)).encode("gb18030"))
    return client.post("/api/v1/registry/imports", {"file": file, "template": template, "mode": mode})


def test_good_rows_are_imported_and_the_bad_ones_come_back_as_a_file(world, monday_morning):
    client = client_of(world, "community_worker")
    answer = post(client, GOOD, BAD, mode="good").json()
    assert (answer["imported"], answer["created"], answer["rejected"]) == (True, 1, 1)
    assert {(f["line"], f["column"]) for f in answer["faults"]} >= {(3, "出生日期"), (3, "电话")}
    returned = load_workbook(io.BytesIO(client.get(answer["rejected_file"]).content)).active
    assert [c.value for c in returned[2]][:2] == ["N2", "买买提·艾山"]
    assert "今天之后" in returned.cell(2, returned.max_column).value


def test_all_or_nothing_writes_nothing_when_a_row_is_bad(world, monday_morning):
    response = post(client_of(world, "community_worker"), GOOD, BAD, mode="all")
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "rows_rejected")
    assert problem["report"]["faults"]
    with world.scope():
        assert not Resident.objects.filter(code="N1").exists()
        assert not ImportRun.objects.exists()


def test_another_member_of_staff_cannot_fetch_the_rejected_rows(world, monday_morning):
    link = post(client_of(world, "community_worker"), BAD, mode="check").json()["rejected_file"]
    assert client_of(world, "community_director").get(link).status_code == 404


@pytest.mark.parametrize("who", ["grid_worker", "resident", "auditor", "street_office", "wall_display"])
def test_only_community_staff_may_import(world, monday_morning, who):
    assert post(client_of(world, who), GOOD, mode="all").status_code == 403


def test_lists_show_people_masked_and_only_what_the_actor_may_see(world, other_world, monday_morning):
    mine = client_of(world, "grid_worker").get("/api/v1/registry/residents").json()
    assert {r["code"] for r in mine["items"]} == {"R0", "R1", "R2"}
    assert all("****" in r["phone"] for r in mine["items"])
    assert [(r["name"], r["age"]) for r in mine["items"] if r["code"] == "R0"] == [("孟**", 84)]
    assert not any("birth_date" in r for r in mine["items"])
    buildings = client_of(world, "resident").get("/api/v1/registry/buildings").json()["items"]
    assert [b["footprint"]["type"] for b in buildings] == ["Polygon", "Polygon"]
    assert {b["id"] for b in buildings} == {b.pk for b in world.buildings}
    for kind in ("estates", "grids", "homes", "facilities"):
        assert client_of(world, "community_worker").get(f"/api/v1/registry/{kind}").json()["items"], kind


def test_every_template_can_be_fetched_and_explains_itself(world):
    client = client_of(world, "community_worker")
    for kind in ("grids", "estates", "buildings", "entrances", "homes", "residents", "owners", "facilities"):
        book = load_workbook(io.BytesIO(client.get(f"/api/v1/registry/templates/{kind}").content))
        assert len(book.worksheets) == 2
        assert book.worksheets[0].max_row >= 2
    assert client.get("/api/v1/registry/templates/nothing").status_code == 422


def test_a_wrong_file_is_answered_with_a_problem_that_says_what_to_do(world):
    file = SimpleUploadedFile("scan.pdf", b"%PDF-1.7 ...")
    response = client_of(world, "community_worker").post(
        "/api/v1/registry/imports", {"file": file, "template": "homes", "mode": "check"}
    )
    assert response.status_code == 422
    assert json.loads(response.content)["code"] == "file_not_a_table"


def test_an_uploaded_file_is_forgotten_after_a_day(world, monday_morning):
    client = client_of(world, "community_worker")
    link = post(client, BAD, mode="check").json()["rejected_file"]
    with world.scope():
        forget_uploads()
        assert ImportUpload.objects.count() == 1
        ImportUpload.objects.update(uploaded_at=clock.real_now() - timedelta(hours=25))
        assert client.get(link).status_code == 404
        forget_uploads()
        assert not ImportUpload.objects.exists()


def test_the_inventory_can_be_read_by_oversight(world):
    kinds = client_of(world, "auditor").get("/api/v1/registry/inventory").json()
    assert {k["kind"]: k["rows"] for k in kinds}["residents"] == 5
    assert client_of(world, "resident").get("/api/v1/registry/inventory").status_code == 403
