"""Build sdist and wheel, install the wheel where neither checkout nor Node is in sight, and serve a page from it.

The dependencies are borrowed from this environment, so that nothing is downloaded; that the declared ones suffice
is a test of its own. Prints what is missing and exits 1.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import httpx

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PACKAGE = ROOT / "src" / "linli"
SECONDS_TO_START = 60


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="linli-wheel-") as folder:
        wheel = build(Path(folder) / "dist")
        if missing := what_is_missing(wheel):
            print("the wheel lacks:", *missing, sep="\n  ", file=sys.stderr)
            return 1
        linli = install(wheel, Path(folder) / "venv")
        elsewhere = Path(folder) / "elsewhere"
        elsewhere.mkdir()
        try_it(linli, elsewhere)
        size = wheel.stat().st_size / 1e6
    print(f"the wheel ({size:.1f} MB) installs and serves", file=sys.stderr)
    return 0


def build(folder: Path) -> Path:
    """The wheel, made from the sdist, as an index would serve them."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    return wheel


def what_is_missing(wheel: Path) -> list[str]:
    """Files that the package reads and the wheel does not hold, and files that it should not hold."""
    inside = set(ZipFile(wheel).namelist())
    wanted = {path.relative_to(ROOT / "src").as_posix() for path in package_files()}
    (information,) = {name.partition("/")[0] for name in inside if ".dist-info/" in name}
    wanted.add(f"{information}/licenses/LICENSE")
    alien = {name for name in inside if "/tests/" in name or not name.startswith(("linli/", information))}
    return sorted(wanted - inside) + [f"(too much) {name}" for name in sorted(alien)]


def package_files() -> Iterator[Path]:
    for path in PACKAGE.rglob("*"):
        if path.is_dir() or {"tests", "__pycache__"} & set(path.parts):
            continue
        yield path
        if path.suffix == ".po":
            yield path.with_suffix(".mo")


def install(wheel: Path, folder: Path) -> Path:
    """Returns the ``linli`` command of a fresh environment."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    run(BIN / "uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, wheel)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    borrowed = BIN.parent / "lib" / version / "site-packages"
    (folder / "lib" / version / "site-packages" / "borrowed.pth").write_text(f"{borrowed}\n")
    (folder / "bin" / "nats-server").symlink_to(BIN / "nats-server")
    return folder / "bin" / "linli"


def try_it(linli: Path, elsewhere: Path) -> None:
    """From another folder, with an empty environment: the command, the tables, pages in both languages, a style."""
    environment = {"PATH": str(linli.parent), "HOME": str(elsewhere), "LINLI_HOME": str(elsewhere / "home")}
    at = {"cwd": elsewhere, "env": environment}
    where = [linli.with_name("python"), "-c", "import linli; print(linli.__file__)"]
    found = subprocess.run(where, capture_output=True, text=True, check=True, **at).stdout
    if not found.startswith(str(linli.parent.parent)):
        sys.exit(f"linli was imported from {found}")
    run(linli, "--help", **at)
    run(linli, "admin", "migrate", **at)
    with serving(linli, at) as url:
        for path, language, wanted in (
            ("/", "zh-hans", "邻里"),
            ("/sign-in/", "en", "Sign in"),
            ("/static/linli/app.css", "en", "{"),
            ("/api/v1/openapi.json", "en", "/api/v1/requests"),
        ):
            answer = httpx.get(url + path, cookies={"linli_language": language}, timeout=20, follow_redirects=True)
            if answer.status_code != 200 or wanted not in answer.text:
                sys.exit(f"{path} answers {answer.status_code} and does not show {wanted!r}")


@contextmanager
def serving(linli: Path, at: dict) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([linli, "serve", "--port", str(port), "--workers", "1"], **at)
    try:
        until = time.monotonic() + SECONDS_TO_START
        while not answers(url):
            if process.poll() is not None or time.monotonic() > until:
                sys.exit("linli serve does not answer")
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def answers(url: str) -> bool:
    try:
        httpx.get(f"{url}/api/v1/me", timeout=5)
    except httpx.TransportError:
        return False
    return True


def run(*command, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(str(part) for part in command)} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    sys.exit(main())
