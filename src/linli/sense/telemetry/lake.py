"""The lake: sealed observations as Parquet files, one folder a community and UTC day, and their manifest.

A file counts only once it stands in the manifest (``LakeFile``), which changes in the same transaction as the rows
that moved. A file that a crash left without an entry is removed at the next start; readers ask the manifest, never
the folder. Columns: ``device_id``, ``device`` (code), ``metric``, ``time`` (UTC, ms), ``value``; sorted by device,
metric, time; zstd. Of old days there are lines in place of readings, of five minutes, then hours, then days: ``time`` is
when the line began, ``value`` its last, at ``last_time``, with ``count``, ``mean``, ``least`` and ``most``.

Whoever changes the lake holds its lock (:meth:`Lake.alone`): ingest seals and merges, the worker cuts out what is
erased, and neither may take the other's unfinished file for an orphan. Whoever reads files holds it too, or asks the
manifest again when one is gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from linli.foundation import clock
from linli.sense.telemetry.models import LakeFile
from linli.sense.telemetry.rows import Key

if TYPE_CHECKING:
    import pyarrow as pa

DAY_MS = 86_400_000
FOLDERS: Mapping[str, str] = {
    LakeFile.Grain.RAW: "observations",
    LakeFile.Grain.FIVE_MINUTES: "five_minutes",
    LakeFile.Grain.HOUR: "hours",
    LakeFile.Grain.DAY: "days",
}
_EPOCH = date(1970, 1, 1)


def day_of(moment_ms: int) -> date:
    return _EPOCH + timedelta(days=moment_ms // DAY_MS)


class Lake:
    """The files under one root and the manifest in the database."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lake's lock; the kernel frees it when the process dies. Waits for whoever has it."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def write(
        self,
        community_id: int,
        day: date,
        observations: Sequence[tuple[int, str, int, float]],
        codes: Mapping[int, str],
    ) -> LakeFile:
        """Write one durable file of (device, metric, UTC ms, value); returns its manifest entry, not yet saved."""
        import pyarrow as pa

        devices, metrics, moments, values = zip(*observations, strict=True)
        table = pa.table(
            {
                "device_id": pa.array(devices, pa.int64()),
                "device": pa.array([codes[device] for device in devices]).dictionary_encode(),
                "metric": pa.array(metrics, pa.string()).dictionary_encode(),
                "time": pa.array(moments, pa.timestamp("ms", tz="UTC")),
                "value": pa.array(values, pa.float64()),
            }
        )
        return self._write(community_id, day, table)

    def merge(self, files: Sequence[LakeFile]) -> LakeFile:
        """One new durable file with what ``files`` of one community and day hold; the entry is not yet saved."""
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        table = pa.concat_tables(pq.ParquetFile(self.root / file.path).read() for file in files)
        metric = table.schema.get_field_index("metric")
        sortable = table.set_column(metric, "metric", table["metric"].cast(pa.string()))
        order = [("device_id", "ascending"), ("metric", "ascending"), ("time", "ascending")]
        return self._write(files[0].community_id, files[0].day, table.take(pc.sort_indices(sortable, sort_keys=order)))

    def read(self, file: LakeFile) -> pa.Table:
        """What a file holds."""
        import pyarrow.parquet as pq

        return pq.ParquetFile(self.root / file.path).read()

    def rows_by_device(self, file: LakeFile) -> dict[int, int]:
        """Of which devices it holds anything, and how many rows."""
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        devices = pq.ParquetFile(self.root / file.path).read(columns=["device_id"])["device_id"]
        return {one["values"]: one["counts"] for one in pc.value_counts(devices).to_pylist()}

    def replace(self, file: LakeFile, table: pa.Table, *, grain: str | None = None, settled: bool = False) -> LakeFile:
        """One new durable file of the same community and day that holds ``table``; the entry is not yet saved."""
        made = self._write(file.community_id, file.day, table, grain or file.grain)
        made.settled = settled
        return made

    def remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                (self.root / path).unlink()

    def remove_orphans(self) -> int:
        """Remove files that no manifest entry names; the caller holds the lake alone. Returns how many."""
        known = set(LakeFile.objects.values_list("path", flat=True))
        found = {
            str(path.relative_to(self.root))
            for pattern in ("*.parquet", "*.draft")
            for folder in FOLDERS.values()
            for path in (self.root / folder).rglob(pattern)
        }
        orphans = found - known
        self.remove(orphans)
        return len(orphans)

    def already_sealed(self, community_of: Mapping[int, int], keys: Iterable[Key]) -> set[Key]:
        """Which of ``keys`` are in the lake; reads only files whose day and span can hold them."""
        by_place: dict[tuple[int, date], set[Key]] = defaultdict(set)
        for key in keys:
            by_place[community_of[key[0]], day_of(key[2])].add(key)
        sealed: set[Key] = set()
        for (community_id, day), asked in by_place.items():
            moments = [moment for _, _, moment in asked]
            files = LakeFile.objects.filter(
                community_id=community_id, day=day, grain=LakeFile.Grain.RAW,
                first_time__lte=from_ms(max(moments)), last_time__gte=from_ms(min(moments)),
            )  # fmt: skip
            for path in files.values_list("path", flat=True):
                sealed |= asked & self._keys(path, {device for device, _, _ in asked})
        return sealed

    def _keys(self, path: str, devices: set[int]) -> set[Key]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pq.read_table(
            self.root / path, columns=["device_id", "metric", "time"], filters=[("device_id", "in", devices)]
        )
        moments = table["time"].cast(pa.int64()).to_pylist()
        return set(zip(table["device_id"].to_pylist(), table["metric"].to_pylist(), moments, strict=True))

    def _write(self, community_id: int, day: date, table: pa.Table, grain: str = LakeFile.Grain.RAW) -> LakeFile:
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        ends = pc.min_max(table["time"]).as_py()
        first, last = ends["min"], ends["max"]
        folder = self.root / FOLDERS[grain] / f"community={community_id}" / f"day={day}"
        _make_durably(folder, self.root)
        draft = folder / f"{to_ms(first)}.{os.getpid()}.draft"
        pq.write_table(table, draft, compression="zstd", row_group_size=100_000)
        with draft.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        final = folder / f"{to_ms(first)}-{to_ms(last)}-{digest[:8]}.parquet"
        draft.rename(final)
        _sync(folder)
        return LakeFile(
            path=str(final.relative_to(self.root)), community_id=community_id, day=day, rows=table.num_rows,
            first_time=first, last_time=last, sha256=digest, sealed_at=clock.real_now(), grain=grain,
        )  # fmt: skip


def from_ms(moment: int) -> datetime:
    return datetime.fromtimestamp(moment / 1000, UTC)


def to_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _make_durably(folder: Path, root: Path) -> None:
    """Make ``folder`` so that it is still there after a power cut."""
    if folder.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for made in (folder, *folder.parents):
        _sync(made)
        if made == root.parent:
            return


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
