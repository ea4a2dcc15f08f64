"""Every figure of ``docs/benchmarks.md``, one command after the other; says what is missing and goes on.

``DATA=<folder>`` names the development data (``citizen_messages/``, ``nab/``); without it the replays are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINLI = str(ROOT / ".venv" / "bin" / "linli")
DATA = os.environ.get("DATA", "")


def from_data(pattern: str) -> list[str]:
    return sorted(str(path) for path in Path(DATA).glob(pattern)) if DATA else []


def commands(home: str) -> list[tuple[str, list[str], str]]:
    """(title, command, what is missing or nothing)."""
    no_data = "" if DATA else "no data: run  make bench DATA=<folder>"
    no_node = "" if shutil.which("npm") else "Node-RED needs npm; ours is measured alone"
    series = from_data("nab/data/realKnownCause/*.csv")
    return [
        ("the demo's start and memory", ["demo", "--home", f"{home}/demo", "--fresh", "--measure"], ""),
        ("ingest beside Node-RED", ["bench", "speed", "ingest", *(["--no-peer"] if no_node else [])], ""),
        ("pages", ["bench", "speed", "pages"], ""),
        ("100,000 cases", ["bench", "speed", "cases"], ""),
        ("the door to protected fields", ["bench", "speed", "door"], ""),
        ("counting together", ["bench", "speed", "joint"], ""),
        ("erasing one person everywhere", ["bench", "speed", "erase"], ""),
        ("error of the published numbers", ["bench", "quality", "published"], ""),
        *[(f"score, seed {seed}", ["simulate", "score", "--seed", str(seed), "--days", "3"], "") for seed in (1, 2, 3)],
        ("waiting for reports beside sensing", ["simulate", "compare", "--seeds", "10", "--days", "1"], ""),
        (
            "replay of real messages",
            ["replay", "messages", *from_data("citizen_messages/hot_topic_messages.csv.gz"), "--ephemeral"],
            no_data,
        ),
        ("replay of real series", ["replay", "series", *series, "--ephemeral"], no_data),
        *[(f"detectors: {words[0]}", ["bench", "quality", *words], no_data) for words in detectors()],
        *[(f"understanding: {words[0]}", ["bench", "quality", *words], no_data) for words in understanding()],
    ]


def detectors() -> list[list[str]]:
    """The streaming detector and the rules about a home's own day."""
    return [
        ["nab", f"--data={DATA}/nab"],
        *(["water", f"--data={file}", "--planted=8"] for file in from_data("water_meter/consumes.csv.gz")),
        ["homes", f"--data={DATA}/home_activity", "--planted=10"],
    ]


def understanding() -> list[list[str]]:
    """The quality benchmarks on the development data; messages only where a part kept back is there to test on."""
    hot = from_data("citizen_messages/hot_topic_messages.csv.gz")
    return [
        ["topics", *(f"--data={file}" for file in hot)],
        ["duplicates", *(f"--data={file}" for file in hot)],
        ["replies", *(f"--data={file}" for file in from_data("citizen_messages/replies.csv.gz"))],
        ["addresses", f"--data={DATA}/ner_zh/address"],
        ["pii", f"--data={DATA}/ner_zh", "--most=1500"],
    ]


def main() -> int:
    failed = 0
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as home:
        for title, arguments, missing in commands(home):
            print(
                f"\n== {title}: linli {' '.join(Path(a).name if DATA and a.startswith(DATA) else a for a in arguments)}"
            )
            if missing:
                print(f"skipped: {missing}")
                continue
            started = time.monotonic()
            done = subprocess.run([LINLI, *arguments], stdout=subprocess.PIPE, text=True, check=False)
            lines = done.stdout.strip().splitlines()
            print(lines[-1] if lines else "no figures", f"\n({time.monotonic() - started:.0f} s)", flush=True)
            failed += done.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
