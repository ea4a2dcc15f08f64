"""Set up a checkout: virtual environment, locked packages, front end, translations. Runs again only what changed.

Needs Python 3.11+ with ``venv`` and nothing else; written for the system's Python, so standard library only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".linli-packages"
LOCK = ROOT / "requirements-dev.lock"


def main() -> None:
    started = time.monotonic()
    if sys.version_info < (3, 11):  # noqa: UP036 (the system may have an older Python)
        sys.exit(f"Linli needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    os.chdir(ROOT)
    did = [
        name
        for name, step in (("packages", packages), ("front end", front_end), ("translations", translations))
        if step()
    ]
    if did:
        print(f"set up: {', '.join(did)} ({time.monotonic() - started:.0f} s)", file=sys.stderr)


def packages() -> bool:
    wanted = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    wanted += f" {sys.version_info.major}.{sys.version_info.minor} {ROOT}"
    if STAMP.exists() and STAMP.read_text() == wanted and PYTHON.exists():
        return False
    print("setting up the virtual environment and its packages …", file=sys.stderr)
    if not PYTHON.exists():
        make_venv()
    install("uv")
    uv = (VENV / "bin" / "uv", "pip", "install", "--quiet", "--python", PYTHON)
    environment = os.environ | uv_settings()
    if subprocess.run([*uv, "--require-hashes", "-r", LOCK], env=environment, check=False).returncode:
        print("once more, with pip …", file=sys.stderr)
        install("--require-hashes", "-r", LOCK)
    run(*uv, "--no-deps", "-e", ROOT, env=environment)
    STAMP.write_text(wanted)
    return True


def install(*what) -> None:
    run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what)


def uv_settings() -> dict[str, str]:
    """uv reads neither pip's configuration nor, unless told to, the certificates that this machine trusts."""
    settings = {"UV_NO_PROGRESS": "1"}
    if any(Path("/etc/ssl/certs").glob("*")):
        settings["UV_SYSTEM_CERTS"] = "1"
    asked = [PYTHON, "-m", "pip", "config", "get", "global.index-url"]
    index = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    if index:
        settings["UV_DEFAULT_INDEX"] = index
    return {name: value for name, value in settings.items() if name not in os.environ}


def make_venv() -> None:
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-y", "-qq", package)
        shutil.rmtree(VENV, ignore_errors=True)
        run(sys.executable, "-m", "venv", VENV)
        return
    shutil.rmtree(VENV, ignore_errors=True)
    sys.exit(f"{made.stdout}{made.stderr}\nPython's venv is missing. Run:  sudo apt-get install -y {package}")


def front_end() -> bool:
    return ran(PYTHON, "scripts/build_frontend.py")


def translations() -> bool:
    return ran(PYTHON, "scripts/translations.py", "compile")


def ran(*command) -> bool:
    """Run a step that answers 0 for done and 3 for "nothing to do"."""
    code = subprocess.run([str(part) for part in command], check=False).returncode
    if code not in (0, 3):
        sys.exit(code)
    return code == 0


def run(*command, env=None) -> None:
    done = subprocess.run([str(part) for part in command], env=env, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(str(part) for part in command)} failed with {done.returncode}; is the network reachable?")


if __name__ == "__main__":
    main()
