"""Sealing: moving hot observations into the lake, and merging small files of days that are over.

The order makes every moment safe to be killed at: the file is on disk first; then one transaction enters it in the
manifest and deletes the hot rows. Before that transaction the file is an orphan, after it the rows are gone. A
transaction that fails leaves its files alone: whether it was committed is known only when the manifest is read again.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from django.db import transaction
from django.db.models import Count

from linli.foundation import clock
from linli.foundation.tenancy import every_community
from linli.sense.telemetry import rows
from linli.sense.telemetry.lake import Lake, day_of
from linli.sense.telemetry.models import Device, IngestCursor, LakeFile
from linli.sense.telemetry.storing import CursorMoved

MOST_AT_ONCE = 200_000
FILES_A_DAY = 8
"""A past day with more files than this is merged into one."""


def seal(lake: Lake, *, stream: str, sequence: int, most: int = MOST_AT_ONCE) -> int:
    """Move at most ``most`` hot observations into the lake; returns how many moved.

    ``sequence`` is where the caller believes the cursor to be: if it has moved, or the rows are no longer there to be
    deleted, another process is at work, and :class:`CursorMoved` is raised with nothing changed.
    """
    with lake.alone():
        return _seal(lake, stream, sequence, most)


def _seal(lake: Lake, stream: str, sequence: int, most: int) -> int:
    observations = rows.oldest_keys(most)
    if not observations:
        return 0
    with every_community("a seal holds the observations of every community, each in its own file"):
        devices = {pk: (community, code) for pk, community, code in _devices({o[0] for o in observations})}
    codes = {pk: code for pk, (_, code) in devices.items()}
    by_place: dict[tuple[int, date], list[tuple[int, str, int, float]]] = defaultdict(list)
    for observation in observations:
        by_place[devices[observation[0]][0], day_of(observation[2])].append(observation)
    entries: list[LakeFile] = []
    try:
        for (community_id, day), some in sorted(by_place.items()):
            entries.append(lake.write(community_id, day, some, codes))
    except BaseException:
        lake.remove(entry.path for entry in entries)
        raise
    with transaction.atomic():
        cursor = IngestCursor.objects.select_for_update().get(stream=stream)
        if cursor.sequence != sequence:
            raise CursorMoved(f"expected {sequence}, found {cursor.sequence}")
        if rows.delete_through(observations[-1][:3]) != len(observations):
            raise CursorMoved("another process has sealed what this one was sealing")
        LakeFile.objects.bulk_create(entries)
    return len(observations)


def compact(lake: Lake, *, files_a_day: int = FILES_A_DAY) -> int:
    """Merge the files of one past day that has too many of them; returns how many files were merged."""
    with lake.alone():
        return _compact(lake, files_a_day)


def _compact(lake: Lake, files_a_day: int) -> int:
    crowded = (
        LakeFile.objects.filter(day__lt=clock.now().date(), grain=LakeFile.Grain.RAW)
        .values("community_id", "day")
        .annotate(files=Count("pk"))
        .filter(files__gt=files_a_day)
        .order_by("day")
        .first()
    )
    if crowded is None:
        return 0
    place = {"community_id": crowded["community_id"], "day": crowded["day"]}
    files = list(LakeFile.objects.filter(**place, grain=LakeFile.Grain.RAW))
    merged = lake.merge(files)
    with transaction.atomic():
        gone, _ = LakeFile.objects.filter(pk__in=[file.pk for file in files]).delete()
        if gone != len(files):
            raise CursorMoved("another process has merged what this one was merging")
        merged.save()
    lake.remove(file.path for file in files if file.path != merged.path)
    return len(files)


def _devices(pks: set[int]):
    ordered = sorted(pks)
    for start in range(0, len(ordered), rows.KEYS_A_QUERY):
        some = ordered[start : start + rows.KEYS_A_QUERY]
        yield from Device.objects.filter(pk__in=some).values_list("pk", "community_id", "code")
