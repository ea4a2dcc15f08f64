"""A sentence that is kept in both languages beside what it belongs to. Pure but for the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language


@dataclass(frozen=True)
class Bilingual:
    zh: str
    en: str

    def __post_init__(self) -> None:
        if not self.zh.strip() or not self.en.strip():
            raise ValueError(f"said in one language only: {self.zh or self.en!r}")

    def __str__(self) -> str:
        return self.en if (get_language() or "").startswith("en") else self.zh
