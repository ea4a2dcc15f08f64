"""Taking what a device said out again: from the hot rows and the last values at once, from the lake and the stream after.

The lake's files are written anew without the rows, in the order of sealing: the new file is on disk first, then one
transaction puts it into the manifest in the old one's place, then the old one goes. Killed anywhere, the manifest names
one whole file; what is not named is removed as an orphan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from linli.sense.telemetry.lake import DAY_MS, Lake, day_of, from_ms
from linli.sense.telemetry.models import Device, HotObservation, LakeFile, LastValue, Quarantined
from linli.sense.telemetry.rollups import SECONDS

BEGINNING = 0
END = 253_402_300_799_000
"""The last moment that Python knows, UTC milliseconds: up to whenever."""


@dataclass(frozen=True)
class Cut:
    """What one device said in ``start`` ≤ time < ``end``, UTC milliseconds."""

    device: int
    start: int = BEGINNING
    end: int = END

    def as_json(self) -> dict[str, int]:
        return asdict(self)


def forget_rows(cuts: Iterable[Cut]) -> dict[str, int]:
    """Delete hot rows, last values and quarantined messages of the cuts; returns how many of each table."""
    counts: dict[str, int] = defaultdict(int)
    for cut in cuts:
        span = {"device": cut.device, "time__gte": cut.start, "time__lt": cut.end}
        counts["telemetry.HotObservation"] += HotObservation.objects.filter(**span).delete()[0]
        times = {"time__gte": _moment(cut.start), "time__lt": _moment(cut.end)}
        counts["telemetry.LastValue"] += LastValue.objects.filter(device=cut.device, **times).delete()[0]
        code = Device.objects.values_list("code", flat=True).get(pk=cut.device)
        arrived = {"received_at__gte": times["time__gte"], "received_at__lt": times["time__lt"]}
        counts["telemetry.Quarantined"] += Quarantined.objects.filter(device_code=code, **arrived).delete()[0]
    return counts


def cut_lake(lake: Lake, cuts: Sequence[Cut], community_id: int) -> int:
    """Write every file that holds any of it anew without; returns how many rows went."""
    by_device: dict[int, list[Cut]] = defaultdict(list)
    for cut in cuts:
        by_device[cut.device].append(cut)
    gone = 0
    with lake.alone():
        for file in _files(cuts, community_id):
            if by_device.keys() & lake.rows_by_device(file).keys():
                gone += _rewrite(lake, file, by_device)
        lake.remove_orphans()
    return gone


def _files(cuts: Sequence[Cut], community_id: int) -> list[LakeFile]:
    if not cuts:
        return []
    first, last = min(cut.start for cut in cuts), min(max(cut.end for cut in cuts), END - DAY_MS)
    found = LakeFile.objects.filter(community_id=community_id, day__gte=day_of(first), day__lte=day_of(last))
    return list(found.order_by("day", "pk"))


def _rewrite(lake: Lake, file: LakeFile, by_device: Mapping[int, Sequence[Cut]]) -> int:
    table = lake.read(file)
    going, count = _matching(table, file.grain, by_device)
    if not count:
        return 0
    swap(lake, [file], [lake.replace(file, kept, settled=file.settled)] if (kept := _without(table, going)) else [])
    return count


def swap(
    lake: Lake, old: Sequence[LakeFile], new: Sequence[LakeFile], *, then: Callable[[], None] = lambda: None
) -> None:
    """Put new files in the place of old ones in the manifest and do ``then`` in one transaction, then remove the old.

    The caller holds the lake alone. Raises :class:`RuntimeError`, with nothing changed, when another machine did not.
    """
    with transaction.atomic():
        gone, _ = LakeFile.objects.filter(pk__in=[file.pk for file in old]).delete()
        if gone != len(old):
            raise RuntimeError("the lake's manifest changed meanwhile")
        for file in new:
            file.save()
        then()
    lake.remove({file.path for file in old} - {file.path for file in new})


def _matching(table: Any, grain: str, by_device: Mapping[int, Sequence[Cut]]) -> tuple[Any, int]:
    """A mask of the rows that the cuts cover, and how many; a line of a span goes when any of it is covered."""
    import pyarrow as pa
    import pyarrow.compute as pc

    width = SECONDS[grain] * 1000 if grain in SECONDS else 1
    moments = table["time"].cast(pa.int64())
    mask = pa.chunked_array([pa.array([False] * table.num_rows)])
    for device, cuts in by_device.items():
        of_device = pc.equal(table["device_id"], device)
        for cut in cuts:
            inside = pc.and_(pc.greater_equal(moments, cut.start - width + 1), pc.less(moments, cut.end))
            mask = pc.or_(mask, pc.and_(of_device, inside))
    return mask, pc.sum(mask).as_py() or 0


def _without(table: Any, mask: Any) -> Any:
    import pyarrow.compute as pc

    kept = table.filter(pc.invert(mask))
    return kept if kept.num_rows else None


def _moment(ms: int) -> datetime:
    return from_ms(ms) if ms < END else datetime.max.replace(tzinfo=UTC)


def this_lake() -> Lake:
    """The lake of this instance."""
    return Lake(settings.LINLI_HOME / "lake")
