"""``linli simulate``: measure the platform on a neighbourhood whose truth is known."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

simulate = typer.Typer(no_args_is_help=True, help="Measure on a synthetic neighbourhood whose truth is known.")

FOUNDED_WITH = 1
"""Seed of the neighbourhood in which every life of a comparison is lived."""

Days = Annotated[int, typer.Option(min=1, max=60, help="days to live")]


@simulate.command()
def score(seed: Annotated[int, typer.Option()] = 1, days: Days = 7) -> None:
    """Compare the truth with what the platform warned of: recall, precision, lead time, time to resolution."""
    from linli.simulator.measuring import founded_instance
    from linli.simulator.scoring import score as scored

    with founded_instance(seed=seed) as founded:
        incidents, warnings, until = _live(founded, days=days, sensing=True, newer=True)
    figures = scored(incidents, warnings, until)
    sys.stdout.write(json.dumps({"seed": seed, "days": days, **figures}, ensure_ascii=False) + "\n")


@simulate.command()
def compare(
    seeds: Annotated[int, typer.Option(min=1, max=100, help="how many lives of the same neighbourhood")] = 10,
    days: Days = 2,
) -> None:
    """Live the same days twice, waiting for reports and with sensing on; print the difference in hours of harm."""
    import tempfile
    from pathlib import Path

    from linli.simulator.lockstep import equip
    from linli.simulator.measuring import copied_instance, founded_instance
    from linli.simulator.scoring import harm_hours, spread

    rows = []
    with tempfile.TemporaryDirectory(prefix="linli-") as folder:
        homes = {False: Path(folder) / "waiting", True: Path(folder) / "sensing"}
        with founded_instance(seed=FOUNDED_WITH, home=homes[False]):
            pass
        with copied_instance(homes[False], founded_with=FOUNDED_WITH, seed=FOUNDED_WITH, keep=homes[True]) as founded:
            equip(founded)
        for seed in range(1, seeds + 1):
            hours = {}
            for sensing, home in homes.items():
                with copied_instance(home, founded_with=FOUNDED_WITH, seed=seed) as founded:
                    incidents, _, until = _live(founded, days=days, sensing=sensing)
                hours[sensing] = round(harm_hours(incidents, until), 1)
            rows.append({"seed": seed, "waiting": hours[False], "sensing": hours[True]})
            typer.echo(
                f"seed {seed}: {hours[False]:g} h of harm waiting for reports, {hours[True]:g} h with sensing", err=True
            )
    saved = [row["waiting"] - row["sensing"] for row in rows]
    line = {"seeds": seeds, "days": days, "harm_hours_saved": spread(saved), "rows": rows}
    sys.stdout.write(json.dumps(line) + "\n")


def _live(founded, *, days: int, sensing: bool, newer: bool = False):
    """Incidents, the warnings that asked somebody, and the end (ms) of a stretch of life."""
    from linli.simulator.clockwork import ms
    from linli.simulator.lockstep import Stretch
    from linli.simulator.scoring import Warned

    stretch = Stretch(founded, days=days, sensing=sensing, newer=newer)
    incidents = stretch.live()
    warnings = [
        Warned(
            row["kind"],
            founded.places.home_code.get(row["home_id"], ""),
            founded.places.facility_code.get(row["facility_id"], ""),
            ms(row["opened_at"]),
            founded.places.building_code.get(row["building_id"], ""),
        )
        for row in founded.director.every("/warnings")
        if row["state"] != "held" and not row["held_for"]
    ]
    return incidents, warnings, stretch.end
