"""A home takes its consent back while somebody is on the way: the errand ends with the warning."""

import pytest

from linli.act.casework.models import Case, State
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.dispatching import drain
from linli.foundation.privacy.consents.actions import give_consent, withdraw_consent
from linli.understand.warnings.actions import raise_warning
from linli.understand.warnings.places import Place

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def test_the_case_of_a_warning_ends_when_the_home_takes_back_its_consent(world):
    with world.scope():
        elder, home = world.residents["elder"], world.homes[0]
        consent = give_consent(elder, "water_care", channel="app", actor=world.actor("elder"))
        raise_warning(
            "no_water",
            source=f"home:{home.pk}",
            level="P1",
            place=Place(grid_id=world.grids[0].pk, building_id=world.buildings[0].pk, home_id=home.pk),
            evidence={"from": clock.now().isoformat(), "to": clock.now().isoformat(), "hours": 13, "litres": 0.0},
            actor=Actor.for_system("detector.no_water", world.community.pk),
        )
        drain()
        assert Case.objects.get().state == State.DISPATCHED
        withdraw_consent(consent, actor=world.actor("elder"))
        drain()
        assert Case.objects.get().state == State.CLOSED
