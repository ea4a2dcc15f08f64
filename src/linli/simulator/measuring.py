"""A throw-away instance with a neighbourhood moved in, for measurements, replays and browser tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from linli.simulator import seeding
from linli.simulator.doors.api import Api, Caller
from linli.simulator.instance import Founding, Instance
from linli.simulator.neighbourhood import Neighbourhood, plan_neighbourhood

MEASURED_FROM = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
"""Midnight at the start of Monday 2 March 2026 in Hangzhou: an ordinary week."""


@dataclass
class Founded:
    instance: Instance
    n: Neighbourhood
    api: Api
    director: Caller
    places: seeding.Places


@contextmanager
def founded_instance(
    *, seed: int, estates: int = 13, starts_at: datetime = MEASURED_FROM, home: Path | None = None
) -> Iterator[Founded]:
    """An instance in demo mode whose clock stands still at ``starts_at``; without a ``home`` nothing is left behind."""
    with tempfile.TemporaryDirectory(prefix="linli-") as folder:
        instance = Instance(home or Path(folder) / "home")
        n = plan_neighbourhood(seed, as_of=_day_of(starts_at), estates=estates)
        try:
            instance.check_room()
            passwords = seeding.staff_passwords(n, instance.home)
            founding = Founding(instance, seeding.founding_task(n, passwords, starts_at.isoformat()))
            instance.start_messages()
            founding.wait_migrated()
            instance.start_processes()
            founding.wait_founded()
            instance.wait_for_web()
            api = Api(instance.url, instance.home, passwords=passwords)
            director = api.as_staff("demo-director")
            seeding.import_registry(n, director)
            founding.settle()
            founding.wait_declared()
            yield Founded(instance, n, api, director, seeding.Places(n, director))
            api.close()
        finally:
            instance.stop()


@contextmanager
def copied_instance(founded_home: Path, *, founded_with: int, seed: int, keep: Path | None = None) -> Iterator[Founded]:
    """Another life in the same neighbourhood: a copy of a stopped home, whose incidents and habits come from ``seed``.

    The copy is thrown away unless ``keep`` says where it shall stand.
    """
    with tempfile.TemporaryDirectory(prefix="linli-") as folder:
        home = shutil.copytree(founded_home, keep or Path(folder) / "home")
        n = replace(plan_neighbourhood(founded_with, as_of=_day_of(MEASURED_FROM)), seed=seed)
        with Instance(home) as instance:
            api = Api(instance.url, home, passwords=seeding.staff_passwords(n, home))
            director = api.as_staff("demo-director")
            yield Founded(instance, n, api, director, seeding.Places(n, director))
            api.close()


def _day_of(starts_at: datetime) -> date:
    return date.fromordinal(starts_at.toordinal() + 1)
