import pytest

from linli.foundation.registry.models import Estate, Home
from linli.foundation.tenancy import CrossCommunityWrite, NoCommunityScope, community_scope, every_community


def test_a_tenant_query_outside_a_scope_raises_before_any_sql(world, django_assert_num_queries):
    with django_assert_num_queries(0):
        for query in (Estate.objects.all, Estate.objects.exists, lambda: Estate.objects.exclude(pk=1)):
            with pytest.raises(NoCommunityScope):
                query()
        with pytest.raises(NoCommunityScope):
            world.estate.buildings.count()


def test_a_scope_reaches_its_own_community_only(world, other_world):
    with world.scope():
        assert set(Home.objects.values_list("pk", flat=True)) == {h.pk for h in world.homes}
        assert not Home.objects.filter(pk=other_world.homes[0].pk).exists()
    with every_community("count all homes for this test"):
        assert Home.objects.count() == len(world.homes) + len(other_world.homes)


def test_a_row_of_another_community_cannot_be_saved(world, other_world):
    with world.scope(), pytest.raises(CrossCommunityWrite):
        Estate(community=other_world.community, code="X", name="X", kind="old").save()


def test_a_new_row_takes_the_active_community(world):
    with community_scope(world.community):
        assert Estate.objects.create(code="E2", name="柳荫里", kind="new").community == world.community
