"""A rung on which nobody stands is told before it is needed, by grid."""

from datetime import timedelta

from linli.foundation import clock
from linli.foundation.accounts.models import Grant
from linli.foundation.accounts.roles import Role
from linli.understand.warnings.changing_plan import change_plan
from linli.understand.warnings.climbing import SHIPPED, Rung
from linli.understand.warnings.empty_rungs import empty_rungs


def gaps():
    return [(gap.role, gap.grid.number if gap.grid else None) for gap in empty_rungs()]


def test_each_grid_without_a_worker_or_lead_and_a_community_without_a_director_is_named(world):
    with world.scope():
        Grant.objects.all().delete()
        roles = [(Role.GRID_LEAD, 1), (Role.GRID_WORKER, 1), (Role.GRID_LEAD, 2), (Role.GRID_WORKER, 2)]
        assert sorted(gaps()[:4]) == sorted(roles)
        assert {role for role, grid in gaps() if grid is None} == {Role.COMMUNITY_DIRECTOR, Role.STREET_OFFICE}


def test_a_grant_that_ended_has_not_begun_or_is_of_somebody_who_left_is_nobody(world):
    with world.scope():
        worker = Grant.objects.filter(role=Role.GRID_WORKER, grid=world.grids[0])
        assert (Role.GRID_WORKER, 1) not in gaps()
        before = worker.get().expires_at
        worker.update(expires_at=clock.now() - timedelta(days=1), starts_at=clock.now() - timedelta(days=2))
        assert (Role.GRID_WORKER, 1) in gaps()
        worker.update(expires_at=before, starts_at=clock.now() + timedelta(days=1))
        assert (Role.GRID_WORKER, 1) in gaps()
        worker.update(starts_at=clock.now() - timedelta(days=1))
        assert (Role.GRID_WORKER, 1) not in gaps()
        world.accounts["grid_worker"].is_active = False
        world.accounts["grid_worker"].save()
        assert (Role.GRID_WORKER, 1) in gaps()


def test_only_rungs_of_the_order_in_force_are_missed(world):
    with world.scope():
        Grant.objects.filter(role=Role.GRID_LEAD).delete()
        assert (Role.GRID_LEAD, 1) in gaps()
        ladders = {name: [Rung("grid_worker", 0.5), Rung("community_director", 5)] for name in SHIPPED.ladders}
        director = world.actor("community_director")
        change_plan(ladders=ladders, rules=[], quiet_from=22, quiet_until=7, actor=director)
        assert (Role.GRID_LEAD, 1) not in gaps()
