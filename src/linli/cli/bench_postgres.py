"""A throw-away PostgreSQL as it would be in production: it waits for the disk at every commit."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def throw_away() -> Iterator[str | None]:
    """Its URL while this lasts; ``None`` where none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    initdb = str(found[-1]) if found else shutil.which("initdb")
    if not initdb:
        yield None
        return
    from linli.simulator.instance import free_port

    control, data, port = (
        Path(initdb).with_name("pg_ctl"),
        Path(tempfile.mkdtemp(prefix="linli-bench-pg-")),
        free_port(),
    )
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if user:
        os.chown(data, pwd.getpwnam("postgres").pw_uid, pwd.getpwnam("postgres").pw_gid)
    made = [*user, initdb, "-D", f"{data}/db", "-U", "linli", "-A", "trust", "-E", "UTF8"]
    _quietly(made)
    options = f"-p {port} -k {data} -c listen_addresses=127.0.0.1 -c shared_buffers=256MB"
    run = [*user, str(control), "-D", f"{data}/db"]
    _quietly([*run, "-w", "-o", options, "-l", f"{data}/log", "start"])
    try:
        yield f"postgresql://linli@127.0.0.1:{port}/postgres"
    finally:
        _quietly([*run, "-m", "immediate", "stop"], check=False)
        shutil.rmtree(data, ignore_errors=True)


def _quietly(command: list[str], *, check: bool = True) -> None:
    subprocess.run(command, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
