"""What came of a file, for people and programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from linli.foundation.registry.rules.checking import Row


@dataclass
class ImportReport:
    """``rows`` counts lines with content; ``created``, ``updated`` and ``unchanged`` are what the good rows did, or
    would do when ``imported`` is false. ``headings`` and the cells of ``bad`` rows are as in the file."""

    template: str
    file_name: str
    rows: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    imported: bool = False
    bad: list[Row] = field(default_factory=list)
    headings: Sequence[object] = ()
    ignored_columns: list[str] = field(default_factory=list)
    run_id: int | None = None
    upload_id: int | None = None

    @property
    def good(self) -> int:
        return self.rows - len(self.bad)

    @property
    def rejected(self) -> int:
        return len(self.bad)
