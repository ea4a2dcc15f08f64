"""Run a command against a throw-away PostgreSQL: ``with_postgres.py COMMAND …`` sets ``LINLI_DATABASE_URL`` for it.

The server listens on a free loopback port, keeps its data in a temporary directory and is gone afterwards. As root
it runs under the ``postgres`` user, because PostgreSQL refuses root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path


def binary(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    path = str(found[-1]) if found else shutil.which(name)
    if not path:
        sys.exit("PostgreSQL is not installed. Run:  make system")
    return path


def as_server_user(command: list[str]) -> list[str]:
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main(command: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    data = Path(tempfile.mkdtemp(prefix="linli-postgres-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(data, owner.pw_uid, owner.pw_gid)
    port = free_port()
    quiet = {"stdout": subprocess.DEVNULL, "check": True, "cwd": "/"}
    # Durability is tested by the crash tests on real files; here only the SQL matters.
    options = f"-p {port} -k {data} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
    subprocess.run(
        as_server_user([binary("initdb"), "-D", f"{data}/db", "-U", "linli", "-A", "trust", "-E", "UTF8", "--no-sync"]),
        **quiet,
    )
    control = [binary("pg_ctl"), "-D", f"{data}/db"]
    subprocess.run(as_server_user([*control, "-w", "-o", options, "-l", f"{data}/log", "start"]), **quiet)
    try:
        url = f"postgresql://linli@127.0.0.1:{port}/postgres"
        return subprocess.run(command, env=os.environ | {"LINLI_DATABASE_URL": url}, check=False).returncode
    finally:
        subprocess.run(as_server_user([*control, "-m", "immediate", "stop"]), **(quiet | {"check": False}))
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
