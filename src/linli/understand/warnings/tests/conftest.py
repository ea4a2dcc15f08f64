import pytest

PHONES = {"grid_worker": "19900990001", "grid_lead": "19900990002", "community_director": "19900990003",
          "street_office": "19900990004"}  # fmt: skip


@pytest.fixture
def scene(world, monday_morning):
    for who, number in PHONES.items():
        world.accounts[who].phone = number
        world.accounts[who].save()
    with world.scope():
        yield world
