"""A condition that must hold for a while before it is worth a person's attention. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from linli.understand.warnings.detectors.base import moment


@dataclass(frozen=True)
class Holding:
    """``since`` the condition holds without a break, or None; ``told`` once it has been reported."""

    since: datetime | None = None
    told: bool = False

    @classmethod
    def load(cls, kept: dict | None) -> Holding:
        return cls(moment(kept["since"]), kept["told"]) if kept else cls()

    def keep(self) -> dict | None:
        return {"since": self.since.isoformat(), "told": self.told} if self.since else None

    def seen(self, holds: bool, at: datetime) -> Holding:
        """The condition was observed to hold, or not, at ``at``."""
        if not holds:
            return Holding()
        return self if self.since else Holding(at)

    def ripe(self, after: timedelta, at: datetime) -> bool:
        """Whether it has held for ``after`` at ``at`` and nobody was told yet."""
        return self.since is not None and not self.told and at - self.since >= after

    def due(self, after: timedelta) -> datetime | None:
        return self.since + after if self.since and not self.told else None
