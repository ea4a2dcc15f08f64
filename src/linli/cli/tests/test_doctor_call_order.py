"""The doctor says on which rung of the call order nobody stands."""

from linli.cli.doctor_checks import call_order
from linli.foundation.accounts.models import Grant
from linli.foundation.accounts.roles import Role


def test_the_doctor_names_the_grid(world):
    with world.scope():
        Grant.objects.filter(role=Role.GRID_LEAD, grid=world.grids[0]).delete()
    found = call_order()
    assert found.state == "warning" and "grid_lead in grid 1" in found.found
