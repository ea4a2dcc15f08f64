"""Run the named stages of the test suite in order, say how long each took, stop at the first that fails."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PYTEST = [f"{BIN}/python", "-m", "pytest"]
QUICK = "not browser and not crash and not fuzz and not spark"
# Each worker takes its half of the files in one piece, so that what is set up for a file is set up once.
ON_BOTH_CORES = ["-n", "2", "--dist", "worksteal"]
# The folders of the fuzz and of the browser have stages of their own; to collect the fuzz alone reads the whole schema.
UNIT = [*PYTEST, "src/linli", "tests", "--ignore=tests/fuzz", "--ignore=tests/browser", *ON_BOTH_CORES, "-m"]
ON_POSTGRES = [f"{BIN}/python", "scripts/with_postgres.py"]

STAGES: dict[str, list[list[str]]] = {
    "style": [
        [f"{BIN}/ruff", "check", "src", "tests", "scripts", "conftest.py"],
        [f"{BIN}/ruff", "format", "--check", "src", "tests", "scripts", "conftest.py"],
        [f"{BIN}/python", "scripts/security_rules.py"],
        [f"{BIN}/python", "scripts/translations.py", "check"],
        [f"{BIN}/python", "scripts/documents.py", "--check"],
    ],
    "audit": [[f"{BIN}/python", "scripts/audit_dependencies.py"]],
    "types": [[f"{BIN}/mypy"]],
    "layers": [[f"{BIN}/lint-imports"]],
    "units": [[*UNIT, QUICK]],
    "postgres": [
        [*ON_POSTGRES, *UNIT, f"django_db and {QUICK}"],
        [*ON_POSTGRES, *PYTEST, "tests/crash/test_whole_instance.py", "-m", "crash"],
    ],
    "crash": [[*PYTEST, "src/linli", "tests/crash", "-m", "crash"]],
    "wheel": [[f"{BIN}/python", "scripts/try_wheel.py"]],
    "browser": [[*PYTEST, "tests/browser", *ON_BOTH_CORES]],
    "fuzz": [[*PYTEST, "tests/fuzz", "-n", "2"]],
    "spark": [[f"{BIN}/python", "scripts/spark_packages.py"], [*PYTEST, "tests/spark"]],
}


def environment() -> dict[str, str]:
    """Compiled modules are kept, beside the tree: containers often forbid it, and then each of hundreds of processes
    compiles every module anew."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {"PYTHONPYCACHEPREFIX": str(ROOT / "var" / "bytecode"), **kept}


def main(names: list[str]) -> int:
    os.chdir(ROOT)
    took: list[tuple[str, float]] = []
    for name in names:
        started = time.monotonic()
        print(f"\n=== {name}", flush=True)
        for command in STAGES[name]:
            code = subprocess.run(command, env=environment(), check=False).returncode
            if code:
                print(f"\n{name} failed ({code}): {' '.join(command)}", file=sys.stderr)
                return code
        took.append((name, time.monotonic() - started))
    print("\nall passed: " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in took))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
