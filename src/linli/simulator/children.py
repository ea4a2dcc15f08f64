"""Child processes that never outlive their parent, and what they cost in memory."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

BACK_OFF = (0.5, 1, 2, 5, 10, 30)
STEADY_SECONDS = 60


def die_with_parent() -> None:
    """In a fresh child: be ended when the parent is gone, even by ``kill -9`` (Linux ``prctl(2)``)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One long-running process of an instance, in a process group of its own, writing to ``log``."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    failures: int = 0
    started_at: float = 0.0
    retry_at: float = 0.0
    process: subprocess.Popen | None = field(default=None, repr=False)

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                self.command, env=dict(self.environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                process_group=0, preexec_fn=die_with_parent,
            )  # fmt: skip
        self.started_at = time.monotonic()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def mend(self) -> str:
        """Restart when it has died, waiting longer after each failure; returns what there is to say, or nothing."""
        if self.process is None or self.alive:
            if self.failures and time.monotonic() - self.started_at > STEADY_SECONDS:
                self.failures = 0
            return ""
        if not self.retry_at:
            wait = BACK_OFF[min(self.failures, len(BACK_OFF) - 1)]
            self.failures += 1
            self.retry_at = time.monotonic() + wait
            return f"{self.name} ended ({self.process.returncode}); starting it again in {wait:g} s. Log: {self.log}"
        if time.monotonic() >= self.retry_at:
            self.retry_at = 0.0
            self._end_group(self.process.pid)
            self.start()
        return ""

    def signal(self, number: int) -> None:
        if self.alive and self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def stop(self, seconds: float = 10) -> None:
        """Ask the whole group to end, then insist."""
        if self.process is None:
            return
        group = self.process.pid
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self.process.wait()
        self._end_group(group)
        self.process = None

    def _end_group(self, group: int) -> None:
        """Whatever a process that has ended left behind would hold on to its port."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)

    def last_words(self) -> str:
        try:
            lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        except OSError:
            lines = []
        return lines[-1] if lines else "it left no log"


def memory_mb(pid: int) -> float:
    """Proportional set size of a process and all its children, in MB (shared pages counted once)."""
    parent, total = psutil.Process(pid), 0
    for process in [parent, *parent.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            full = process.memory_full_info()
            total += getattr(full, "pss", full.rss)
    return round(total / 1e6, 1)
