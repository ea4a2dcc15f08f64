"""Staff import a file in three steps, and see what the registry holds."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from linli.foundation.registry.models import Grid, ImportUpload

REGISTRY = "/workbench/registry/"


@pytest.fixture
def client(world, monday_morning) -> Client:
    return client_of(world, "community_worker")


def client_of(world, who: str) -> Client:
    client = Client()
    client.force_login(world.accounts[who], backend="django.contrib.auth.backends.ModelBackend")
    return client


def upload(client: Client, content: str, template: str = "grids"):
    file = SimpleUploadedFile("网格.csv", content.encode("gb18030"))
    return client.post(f"{REGISTRY}import/", {"template": template, "file": file})


def test_a_good_file_is_looked_at_first_and_then_imported(world, client):
    checked = upload(client, "网格编号,网格名称\n8,八\n")
    page = client.get(checked.url).content.decode()
    assert "1 行都没有问题" in page
    with world.scope():
        assert not Grid.objects.filter(number=8).exists()
    done = client.post(checked.url, {"mode": "all"}, follow=True)
    assert "新增 1 行" in done.content.decode()
    with world.scope():
        assert Grid.objects.get(number=8).name == "八"


def test_good_rows_are_imported_and_the_others_can_be_downloaded(world, client):
    checked = upload(client, "网格编号,网格名称\n8,八\n九,九\n")
    page = client.get(checked.url).content.decode()
    assert "2 行里有 1 行不能导入" in page
    assert "请填整数" in page
    done = client.post(checked.url, {"mode": "good"}, follow=True).content.decode()
    assert "1 行没有导入" in done
    rows = load_workbook(io.BytesIO(client.get(f"{checked.url}rejected.xlsx").content)).active
    assert [cell.value for cell in rows[2]][:3] == ["九", "九", "3"]


def test_a_file_with_a_fault_is_never_imported_whole(world, client):
    checked = upload(client, "网格编号\n8\n九\n")
    client.post(checked.url, {"mode": "all"})
    with world.scope():
        assert not Grid.objects.filter(number=8).exists()


def test_a_file_that_cannot_be_read_is_said_beside_its_field(world, client):
    response = upload(client, "%PDF-1.7")
    assert response.status_code == 422
    assert "PDF" in response.content.decode()
    with world.scope():
        assert not ImportUpload.objects.exists()


def test_the_inventory_shows_what_was_imported_last(client):
    client.post(upload(client, "网格编号\n8\n").url, {"mode": "all"})
    page = client.get(REGISTRY).content.decode()
    assert "网格.csv" in page
    assert page.count("<tr>") == 9


@pytest.mark.parametrize("who", ["grid_worker", "resident", "property_company", "wall_display"])
def test_the_registry_pages_are_for_community_staff(world, who):
    for address in (REGISTRY, f"{REGISTRY}import/"):
        assert client_of(world, who).get(address).status_code == 403


def test_nobody_opens_the_upload_of_another(world, other_world, client):
    checked = upload(client, "网格编号\n8\n")
    for place, who in ((world, "community_director"), (other_world, "community_worker")):
        assert client_of(place, who).get(checked.url).status_code == 404
        assert client_of(place, who).post(checked.url, {"mode": "all"}).status_code == 404
