"""What the platform noticed against what was true: pure, on plain rows. Times in ms."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from linli.simulator.habits.days import HOUR
from linli.simulator.incidents.planting import Incident

P0_KINDS = frozenset({"trapped", "smoke", "gas_leak", "sos"})
AFTERWARDS = 2 * HOUR
"""A warning may come this long after the end of what it is about: meters speak every two hours."""

T_95 = (
    12.706,
    4.303,
    3.182,
    2.776,
    2.571,
    2.447,
    2.365,
    2.306,
    2.262,
    2.228,
    2.201,
    2.179,
    2.160,
    2.145,
    2.131,
)
"""Student's t, two-sided 95 %, for 1 to 15 degrees of freedom; 1.96 beyond."""


@dataclass(frozen=True)
class Warned:
    """One warning as the API tells it; ``home``, ``facility`` and ``building`` are plan codes, empty where it has none."""

    kind: str
    home: str
    facility: str
    opened_at: int
    building: str = ""


def about(warning: Warned, incident: Incident) -> bool:
    """Whether the warning is about this incident's place and time."""
    if (
        (incident.home and warning.home != incident.home)
        or (not incident.home and warning.facility != incident.facility)
        or (not incident.home and not incident.facility and warning.building != incident.building)
    ):
        return False
    ends = incident.ended_at if incident.ended_at is not None else incident.ends_itself_at
    return incident.since <= warning.opened_at and (ends is None or warning.opened_at <= ends + AFTERWARDS)


def score(incidents: Sequence[Incident], warnings: Sequence[Warned], until: int) -> dict:
    """Recall over incidents that were still going on when they became visible, precision over all warnings.

    ``lead_hours_median`` is the time from the warning to the moment at which the first resident spoke or would have
    spoken; incidents about which nobody ever would have are counted in ``nobody_would_have_said``.
    """
    real = [i for i in incidents if i.genuine and i.warning and i.visible_at < min(i.ended_at or until, until)]
    caught: dict[str, Warned] = {}
    false: Counter[str] = Counter()
    for warning in warnings:
        true = next((i for i in incidents if i.genuine and i.warning == warning.kind and about(warning, i)), None)
        if true is not None:
            caught.setdefault(true.id, warning)
        else:
            near = next((i for i in incidents if not i.genuine and about(warning, i)), None)
            false[f"{warning.kind}: {near.kind if near else 'nothing planted'}"] += 1
    missed = Counter(i.kind for i in real if i.id not in caught)
    found = [i for i in real if i.id in caught]
    urgent = [i for i in real if i.warning in P0_KINDS]
    leads = [(min(r.at for r in i.reports) - caught[i.id].opened_at) / HOUR for i in found if i.reports]
    resolved: dict[str, list[float]] = {}
    for i in real:
        if i.end_cause == "handled" and i.ended_at is not None:
            resolved.setdefault(i.kind, []).append((i.ended_at - i.since) / HOUR)
    return {
        "recall": _share(len(found), len(real)),
        "precision": _share(len(warnings) - false.total(), len(warnings)),
        "p0_recall": _share(sum(i.id in caught for i in urgent), len(urgent)),
        "lead_hours_median": round(statistics.median(leads), 2) if leads else None,
        "nobody_would_have_said": sum(not i.reports for i in found),
        "incidents": len(real),
        "near_misses": sum(not i.genuine for i in incidents),
        "warnings": len(warnings),
        "missed": dict(missed),
        "false": dict(false),
        "resolution_hours_median": {k: round(statistics.median(v), 2) for k, v in sorted(resolved.items())},
    }


def harm_hours(incidents: Sequence[Incident], until: int) -> float:
    """People harmed times hours, cut at ``until``."""
    return sum(i.harm * max(0, min(i.ended_at or until, until) - i.since) / HOUR for i in incidents if i.genuine)


def spread(differences: Sequence[float]) -> dict:
    """Mean, standard deviation and the 95 % interval of the mean (Student's t)."""
    mean = statistics.fmean(differences)
    if len(differences) < 2:
        return {"mean": round(mean, 2), "sd": None, "ci95": None}
    sd = statistics.stdev(differences)
    freedom = len(differences) - 1
    half = (T_95[freedom - 1] if freedom <= len(T_95) else 1.96) * sd / len(differences) ** 0.5
    return {
        "mean": round(mean, 2),
        "sd": round(sd, 2),
        "ci95": [round(mean - half, 2), round(mean + half, 2)],
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
