"""The detectors, by key. A new one is a module here, a line in this table and a sentence in ``explaining.py``."""

from linli.understand.warnings.detectors.base import Detector
from linli.understand.warnings.detectors.no_water import NoWater
from linli.understand.warnings.detectors.smoke import Smoke
from linli.understand.warnings.detectors.trapped import Trapped

DETECTORS: dict[str, Detector] = {detector.key: detector for detector in (Trapped(), NoWater(), Smoke())}

__all__ = ["DETECTORS", "Detector"]
