"""The detectors by name. A new one is a module here, a line in this table and a rule of it in ``rules.toml``."""

from __future__ import annotations

from collections.abc import Callable

from linli.understand.warnings.detectors.base import Detector, Rule
from linli.understand.warnings.detectors.change_point import ChangePoint
from linli.understand.warnings.detectors.crowding import Crowding
from linli.understand.warnings.detectors.duration import Duration
from linli.understand.warnings.detectors.extreme import Extreme
from linli.understand.warnings.detectors.flat_line import FlatLine
from linli.understand.warnings.detectors.night_flow import NightFlow
from linli.understand.warnings.detectors.own_days import OwnDays
from linli.understand.warnings.detectors.peers import Peers
from linli.understand.warnings.detectors.rate_of_change import RateOfChange
from linli.understand.warnings.detectors.recurring import Recurring
from linli.understand.warnings.detectors.repetition import Repetition
from linli.understand.warnings.detectors.rhythm import Rhythm
from linli.understand.warnings.detectors.seasonal import Seasonal
from linli.understand.warnings.detectors.silence import Silence
from linli.understand.warnings.detectors.threshold import Threshold
from linli.understand.warnings.detectors.trend import Trend
from linli.understand.warnings.detectors.unused import Unused
from linli.understand.warnings.detectors.wear import Wear

KINDS: dict[str, Callable[[Rule], Detector]] = {
    "threshold": Threshold,
    "duration": Duration,
    "repetition": Repetition,
    "silence": Silence,
    "flat_line": FlatLine,
    "rate_of_change": RateOfChange,
    "unused": Unused,
    "own_days": OwnDays,
    "rhythm": Rhythm,
    "seasonal": Seasonal,
    "extreme": Extreme,
    "change_point": ChangePoint,
    "peers": Peers,
    "crowding": Crowding,
    "night_flow": NightFlow,
    "wear": Wear,
    "trend": Trend,
    "recurring": Recurring,
}

__all__ = ["KINDS", "Detector", "Rule"]
