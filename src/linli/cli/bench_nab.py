"""``linli bench quality nab``: the shipped streaming detector on a folder laid out like the Numenta Anomaly Benchmark."""

from __future__ import annotations

import csv
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from linli.cli.bench_reading import say, step

Data = Annotated[Path, typer.Option("--data", exists=True, file_okay=False, help="a folder with data/ and labels/")]


def nab_quality(data: Data) -> None:
    """NAB score for the three profiles, the same with the threshold chosen leaving each series out, VUS-PR, time a point.

    One configuration for all series, each point judged before the next is read.
    """
    import numpy as np

    from linli.understand.warnings.measuring_anomalies import (
        PROFILES,
        Series,
        at_threshold,
        leaving_each_out,
        swept,
        vus_pr,
    )

    windows = json.loads((data / "labels" / "combined_windows.json").read_text(encoding="utf-8"))
    files = sorted((data / "data").glob("*/*.csv"))
    speaking, surfaces, points = [], {}, 0
    started = time.process_time()
    with step(f"{len(files)} series"):
        for path in files:
            name = f"{path.parent.name}/{path.name}"
            times, levels, speaks = _judged(path)
            marked = [_positions(times, one) for one in windows.get(name, [])]
            speaking.append(Series(name, speaks, [one for one in marked if one is not None]))
            points += len(times)
            if speaking[-1].windows:
                surfaces[name] = vus_pr(levels, speaking[-1].windows)
    spent = time.process_time() - started
    figures: dict[str, Any] = {"series": len(files), "points": points}
    for name, profile in PROFILES.items():
        best = swept(speaking, profile)
        figures[name] = {
            "score": round(best.score, 2),
            "threshold": round(best.threshold, 3),
            "leave_one_out": round(leaving_each_out(speaking, profile), 2),
        }
    threshold = swept(speaking, PROFILES["standard"]).threshold
    for one in speaking:
        if one.windows:
            alone = at_threshold([one], PROFILES["standard"], [threshold])
            say(f"{one.name}: {alone:.1f}, VUS-PR {surfaces[one.name]:.3f}")
    figures["vus_pr"] = round(float(np.mean(list(surfaces.values()))), 4) if surfaces else None
    figures["ms_a_point"] = round(1000 * spent / max(1, points), 3)
    print(json.dumps(figures, ensure_ascii=False))


def _judged(path: Path) -> tuple[list[datetime], list[float], list[float]]:
    from linli.understand.warnings.detectors.anomaly import StreamingAnomaly

    detector, times, levels, speaks = StreamingAnomaly(), [], [], []
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            times.append(_moment(row["timestamp"]))
            verdict = detector.observe(times[-1], float(row["value"]))
            levels.append(verdict.level)
            speaks.append(verdict.speaks)
    return times, levels, speaks


def _positions(times: list[datetime], window: list[str]) -> tuple[int, int] | None:
    first, last = (_moment(text) for text in window)
    inside = [n for n, at in enumerate(times) if first <= at <= last]
    return (inside[0], inside[-1]) if inside else None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
