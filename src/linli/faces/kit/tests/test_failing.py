import json

from django.test import RequestFactory

from linli.faces.kit.failing import RefusalMiddleware, broken
from linli.foundation.errors import Conflict, NotFound


def test_a_page_that_is_not_there_says_so_and_whom_to_call(client, world):
    response = client.get("/there/is/nothing/")
    assert response.status_code == 404
    assert "没有找到" in response.content.decode()
    assert f'href="tel:{world.community.phone}"' in response.content.decode()


def test_a_refusal_becomes_a_page_in_its_own_words(world, rf: RequestFactory):
    request = rf.get("/anything/")
    request.user = world.accounts["resident"]
    response = RefusalMiddleware(lambda _r: None).process_exception(request, Conflict("刚才有人先派了单。"))
    assert response.status_code == 409
    assert "刚才有人先派了单。" in response.content.decode()


def test_a_part_of_a_page_is_answered_with_a_message_that_leaves_the_page_as_it_is(world, rf: RequestFactory):
    request = rf.get("/anything/")
    request.user, request.htmx = world.accounts["resident"], True
    response = RefusalMiddleware(lambda _r: None).process_exception(request, NotFound())
    assert response.headers["HX-Retarget"] == "#toasts"
    assert "<html" not in response.content.decode()


def test_the_api_keeps_its_own_answers(rf: RequestFactory):
    assert RefusalMiddleware(lambda _r: None).process_exception(rf.get("/api/v1/cases"), NotFound()) is None


def test_a_breakdown_is_told_without_the_database(rf: RequestFactory):
    """No ``db`` fixture: a query would fail this test."""
    response = broken(rf.get("/"))
    assert response.status_code == 500
    assert "不是您的错" in response.content.decode() and 'href="tel:' in response.content.decode()


def test_the_portal_can_be_installed_and_has_a_page_for_no_network(client, world):
    manifest = json.loads(client.get("/manifest.webmanifest").content)
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    assert world.community.phone in client.get("/offline/").content.decode()
