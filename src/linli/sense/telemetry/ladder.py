"""The ladder: lines of five minutes become hours, hours become days, and days go.

One community's day at a time, like :mod:`linli.sense.telemetry.ageing`. How long each rung lasts is in ``rules.toml``.
Where a declaration of sensing promises fewer days than that, its devices' lines go when those are over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.db.models import QuerySet

from linli.foundation.privacy.retention.expiring import Found, Note
from linli.foundation.privacy.retention.rules import ERASE, rule_of
from linli.sense.telemetry.ageing import WAITS, Fates, files_of, joined, of_devices
from linli.sense.telemetry.cutting import swap, this_lake
from linli.sense.telemetry.lake import Lake, day_of, to_ms
from linli.sense.telemetry.models import LakeFile
from linli.sense.telemetry.rollups import SECONDS, roll_up


@dataclass(frozen=True)
class Lines:
    """The expiry of the lines of one ``grain``: rolled up ``into`` the next, or erased where that is empty."""

    grain: str
    into: str = ""
    everywhere: bool = False

    @property
    def key(self) -> str:
        return f"telemetry.HotObservation:{self.grain}"

    def look(self, as_of: datetime) -> Found:
        lake, fates = this_lake(), Fates(as_of)
        with lake.alone():
            files = list(self._due(as_of))
            count, ends = sum(file.rows for file in files), [end for file in files for end in _ends(file)]
            due = {file.pk for file in files}
            for file in self._promised(fates):
                if file.pk not in due and (going := _going(lake.rows_by_device(file), file, fates).total()):
                    count += going
                    ends += _ends(file)
        return Found(count, min(ends, default=None), max(ends, default=None))

    def step(self, as_of: datetime, note: Note) -> bool:
        lake = this_lake()
        with lake.alone():
            return self._climb(lake, as_of, note) or self._keep_promises(lake, as_of, note)

    def _climb(self, lake: Lake, as_of: datetime, note: Note) -> bool:
        """Whether a day was left whose term on this rung is over; that day has gone from it."""
        due = self._due(as_of)
        day = due.values_list("day", flat=True).first()
        if day is None:
            return False
        files = list(due.filter(day=day))
        new = []
        if self.into:
            new = [lake.replace(files[0], roll_up(joined(lake, files), SECONDS[self.into]), grain=self.into)]
        swap(lake, files, new, then=lambda: note(sum(file.rows for file in files), [file.sha256 for file in files]))
        return True

    def _keep_promises(self, lake: Lake, as_of: datetime, note: Note) -> bool:
        """Whether a file held lines that a declaration no longer allows; they are gone."""
        fates = Fates(as_of)
        for file in self._promised(fates):
            held = lake.rows_by_device(file)
            going = _going(held, file, fates)
            staying = held.keys() - going.keys()
            settled = not any(fates.of_lines(device, file.day) == WAITS for device in staying)
            if not going:
                if settled:
                    LakeFile.objects.filter(pk=file.pk).update(settled=True)
                continue
            kept = [lake.replace(file, of_devices(lake.read(file), set(staying)), settled=settled)] if staying else []
            swap(lake, [file], kept, then=lambda: note(going.total(), [file.sha256]))  # noqa: B023
            return True
        return False

    def _due(self, as_of: datetime) -> QuerySet[LakeFile]:
        return files_of(self.grain).filter(day__lt=day_of(to_ms(rule_of(self.key).cutoff(as_of))))

    def _promised(self, fates: Fates) -> QuerySet[LakeFile]:
        return files_of(self.grain).filter(settled=False, day__lt=fates.promised)


RUNGS = (*(Lines(finer, coarser) for finer, coarser in pairwise(SECONDS)), Lines(list(SECONDS)[-1]))
"""Coarsest last; one night may carry a day up several rungs."""


def _going(held: Mapping[int, int], file: LakeFile, fates: Fates) -> Counter[int]:
    """Of the lines ``held`` by device, those that a promise ends."""
    return Counter({device: rows for device, rows in held.items() if fates.of_lines(device, file.day) == ERASE})


def _ends(file: LakeFile) -> list[datetime]:
    return [file.first_time, file.last_time]
