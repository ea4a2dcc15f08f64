import pytest

pytestmark = pytest.mark.django_db
PAGES = [
    "/portal/",
    "/portal/report/",
    "/portal/matters/",
    "/portal/me/",
    "/portal/me/looks/",
    "/portal/me/consents/",
    "/portal/family/",
    "/portal/proxy/",
]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", ["resident", "elder", "family_proxy"])
def test_each_page_opens_for_residents_and_proxies(world, client, monday_morning, who, page):
    client.force_login(world.accounts[who])
    for theme in ("standard", "elder"):
        assert client.get(page, {"theme": theme}).status_code == 200
