"""The benchmark of published numbers counts a community of its own and touches no budget."""

from __future__ import annotations

import pytest

from linli.cli.bench_published import measure
from linli.foundation.privacy.publishing.models import Budget, Release
from linli.foundation.privacy.publishing.tests.releasing import crowd
from linli.foundation.registry.models import Resident


@pytest.mark.django_db
def test_the_error_of_ten_indicators_is_measured_and_nothing_is_published(world, other_world, monday_morning):
    crowd(world, 1000)
    found = measure(times=200, share=1000, days=60)
    with world.scope():
        assert found["people"] == Resident.objects.living_here().count() == 1005
        assert not Budget.objects.exists() and not Release.objects.exists()
    assert len(found["indicators"]) == 10 and found["epsilon"] == 5
    residents = found["indicators"]["residents"]
    assert residents["true"] == 1005 and residents["margin"] == 10 and residents["within_margin"] > 0.9
    assert 0 < residents["mean_relative"] < residents["margin_relative"] <= found["aim"]
    assert found["indicators"]["requests"]["told"] == 0, "nobody said anything: no number"
    assert found["aim_met"] is (found["largest_margin_over_200"] <= 0.03)
