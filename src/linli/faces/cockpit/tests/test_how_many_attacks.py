"""The red team is as large as it says, and no two of its attacks are the same."""

from __future__ import annotations

from linli.faces.cockpit.tests import test_doors_of_published_numbers as doors
from linli.foundation.privacy.publishing.tests.red_team import test_ledger, test_noise, test_screens
from linli.foundation.privacy.publishing.tests.red_team import test_suppression as tables


def test_more_than_two_hundred_different_attacks_run_with_and_without_the_gate():
    scripted = [*test_noise.ATTACKS, *test_screens.ATTACKS, *tables.ATTACKS, *test_ledger.ATTACKS]
    names = [attack.name for attack in scripted]
    assert len(names) == len(set(names)) > 200
    by_hand = (
        len(test_ledger.RUNS)
        + len(test_ledger.FORBIDDEN)
        + len(test_ledger.CLOCKS)
        + len(doors.OVERLAPS)
        + len(doors.AGAIN) * len(doors.ENDS)
        + len(doors.NARROWER)
    )
    assert len(names) + by_hand > 300
