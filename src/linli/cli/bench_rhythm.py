"""``linli bench quality water`` and ``homes``: planted stillness in real homes, found by the shipped detectors."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from linli.cli.bench_reading import need, say, step, table

WaterFile = Annotated[Path, typer.Option("--data", exists=True, dir_okay=False, help="hourly use by household")]
HomeFolder = Annotated[Path, typer.Option("--data", exists=True, file_okay=False, help="sensor files of homes")]
Planted = Annotated[int, typer.Option("--planted", min=1, help="stretches without a sign of life in each home")]
LOCAL = ZoneInfo("Asia/Shanghai")
LEARNS = timedelta(days=60)
STILL = timedelta(hours=72)
"""How long a planted stretch lasts: until somebody comes anyway."""

Readings = Sequence[tuple[datetime, dict[str, float]]]
Events = dict[datetime, bool]
"""When a sensor spoke first, and whether it was that of the front door."""
OUTSIDE = "Outside"


def water_quality(data: WaterFile, planted: Planted = 20, seed: int = 1) -> None:
    """From a random waking moment shortly after water was drawn, no more is drawn for 72 h: who notices, and when.

    What a rule says in the recorded year itself counts as a needless visit, although some of it may be none.
    """
    rows = table(data)
    need(rows, data, ("userId", "time", "consume"))
    used: dict[str, dict[datetime, float]] = defaultdict(dict)
    for row in rows:
        at = datetime.fromisoformat(row["time"]).replace(tzinfo=LOCAL)
        used[row["userId"]][at] = max(0.0, float(row["consume"]))
    figures: dict[str, Any] = {"homes": len(used), "planted": planted * len(used)}
    for name, rule in (("known", "no_water"), ("ours", "water_rhythm")):
        with step(f"{rule} in {len(used)} homes"):
            figures[name] = _water(rule, used, planted, random.Random(seed))  # noqa: S311
    fewer = 1 - figures["ours"]["needless"] / max(1, figures["known"]["needless"])
    print(json.dumps(figures | {"fewer_needless": round(fewer, 3)}, ensure_ascii=False))


def homes_quality(data: HomeFolder, planted: Planted = 20, seed: int = 1) -> None:
    """Days without a sign of life planted into homes with door, cupboard and flush sensors; false alarms a month.

    ``one``: all sensors as one of movement (``home_rhythm``). ``many``: the front door apart from what stirs inside
    (``combined_rhythm``, without its look at cooking). The recordings are two to four weeks long, so the detector
    learns for two weeks and is judged on what follows.
    """
    homes = dict(_homes(data))
    figures: dict[str, Any] = {"homes": len(homes), "planted_each": planted}
    for name, rule, numbers in (("one", "home_rhythm", {}), ("many", "combined_rhythm", {"meals": 0.0})):
        with step(f"{rule} in {len(homes)} homes"):
            figures[name] = _lived_in(rule, numbers, homes, planted, random.Random(seed))  # noqa: S311
    print(json.dumps(figures, ensure_ascii=False))


def _lived_in(
    rule: str, numbers: dict[str, float], homes: dict[str, Events], planted: int, rng: random.Random
) -> dict[str, Any]:
    delays: list[float] = []
    false, days, tried = 0, 0.0, 0
    for name, events in homes.items():
        begins, ends = min(events), max(events)
        learned = begins + timedelta(days=15)
        if ends - learned < timedelta(days=2):
            say(f"{name}: {(ends - begins).days} days are too few to learn from")
            continue
        said = [at for at in _said(rule, _beats(rule, events, begins, ends), **numbers) if at >= learned]
        false, days = false + len(said), days + (ends - learned) / timedelta(days=1)
        for _ in range(planted):
            since = rng.choice([at for at in sorted(events) if learned <= at <= ends - timedelta(hours=12)])
            until = min(ends, since + timedelta(hours=36))
            kept = {at: door for at, door in events.items() if at <= since}
            found = [at for at in _said(rule, _beats(rule, kept, begins, until), **numbers) if since < at <= until]
            tried += 1
            delays += [(found[0] - since) / timedelta(hours=1)] if found else []
        say(f"{name}: {len(said)} alarms in {(ends - learned).days} days")
    return _told(delays, tried) | {"false_a_month": round(false / max(days, 1) * 30, 2), "days": round(days, 1)}


def _water(rule: str, used: dict[str, dict[datetime, float]], planted: int, rng: random.Random) -> dict[str, Any]:
    needless, months, tried, delays = 0, 0.0, 0, []
    for home in sorted(used):
        recorded = sorted(used[home].items())
        first, last = recorded[0][0] + LEARNS, recorded[-1][0]
        needless += sum(at >= first for at in _said(rule, _metered(recorded)))
        months += (last - first) / timedelta(days=30.4)
        moments = [at for at, _ in recorded if _may_begin(at, used[home], first, last)]
        for since in rng.sample(moments, min(planted, len(moments))):
            until = since + STILL
            lived = [(at, 0.0 if at >= since else litres) for at, litres in recorded if at <= until]
            found = [at for at in _said(rule, _metered(lived)) if since <= at <= until]
            tried += 1
            delays += [(found[0] - since) / timedelta(hours=1)] if found else []
    return {"needless": needless, "months": round(months, 1), **_told(delays, tried)}


def _may_begin(at: datetime, used: dict[datetime, float], first: datetime, last: datetime) -> bool:
    lately = sum(used.get(at - timedelta(hours=n), 0) for n in range(1, 7))
    return first <= at <= last - STILL and 6 <= at.hour < 22 and lately >= 2


def _told(delays: list[float], tried: int) -> dict[str, Any]:
    return {
        "recall": round(len(delays) / max(1, tried), 3),
        "hours_median": round(statistics.median(delays), 1) if delays else None,
        "hours_p90": round(sorted(delays)[int(0.9 * len(delays))], 1) if delays else None,
    }


def _metered(litres: Sequence[tuple[datetime, float]]) -> Readings:
    total, readings = 0.0, []
    for at, used in litres:
        total += used
        readings.append((at + timedelta(hours=1), {"volume": round(total / 1000, 4)}))
    return readings


def _beats(rule: str, events: Events, begins: datetime, ends: datetime) -> Readings:
    """Each event as movement, or as the door's where ``rule`` hears it; at least one message an hour, and four a day of the door."""
    from linli.understand.warnings.shipped import shipped_detector

    apart = "open" in shipped_detector(rule).metrics
    readings: dict[datetime, dict[str, float]] = {
        at: {"open": 1.0} if door and apart else {"motion": 1.0} for at, door in events.items()
    }
    hour = begins.replace(minute=0, second=0) + timedelta(hours=1)
    while hour <= ends:
        readings.setdefault(hour, {"motion": 0.0})
        if apart and hour.hour % 6 == 3:
            readings.setdefault(hour + timedelta(seconds=30), {"open": 0.0})
        hour += timedelta(hours=1)
    return sorted(readings.items())


def _said(rule: str, readings: Readings, **numbers: float) -> list[datetime]:
    """When the shipped rule warns, with other ``numbers`` where given; each metric comes from a device of its own."""
    from linli.understand.warnings.detectors.base import Seen
    from linli.understand.warnings.detectors.living import lived
    from linli.understand.warnings.shipped import shipped_detector

    seen = [Seen(2 if "open" in values else 1, at, values) for at, values in readings]
    answers = lived(shipped_detector(rule, **numbers), seen, seen[-1].time)
    return [at for at, _, answer in answers if answer.warning is not None]


def _homes(folder: Path) -> Iterator[tuple[str, Events]]:
    for path in sorted([*folder.glob("*-ss.txt"), *folder.glob("*-ss.txt.gz")]):
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        name = path.name.split("-")[0]
        doors = _front_doors(folder / f"sensorMap{name.removeprefix('house')}-ids.txt")
        events: Events = {}
        for line in raw.decode().splitlines():
            if line.strip():
                begins, _ends, sensor = (text.strip() for text in line.split("\t")[:3])
                at = _kasteren(begins)
                events[at] = sensor in doors and events.get(at, True)
        yield name, events
    for path in sorted(folder.glob("*/activities_data.csv")):
        yield path.parent.name, dict.fromkeys(_mit(path), False)


def _front_doors(path: Path) -> set[str]:
    """The sensors of which the recording's map says that they lead outside."""
    rows = (line.split(",") for line in path.read_text(encoding="utf-8").splitlines()) if path.exists() else ()
    return {row[0].strip() for row in rows if row[-1].strip() == OUTSIDE}


def _kasteren(text: str) -> datetime:
    return datetime.strptime(text, "%d-%b-%Y %H:%M:%S").replace(tzinfo=LOCAL)


def _mit(path: Path) -> Iterator[datetime]:
    """Five lines an activity: what and when, sensors, their names, times on, times off."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8", errors="replace"))))
    for n in range(0, len(rows) - 3, 5):
        day = rows[n][1]
        for text in rows[n + 3]:
            if text.strip():
                yield datetime.strptime(f"{day} {text.strip()}", "%m/%d/%Y %H:%M:%S").replace(tzinfo=LOCAL)
