"""Where other people's texts name somebody who is erased: the name and the numbers are covered, the text stays.

Which columns hold what people wrote is in ``rules.toml`` (``free_text``). Found are the full name, where no other
resident bears it, and telephone and identity numbers; "the old man upstairs" is not, and is nobody's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

from django.apps import apps
from django.db import models
from django.db.models import Q, QuerySet

from linli.foundation.privacy.retention.person import Leaving
from linli.foundation.privacy.retention.rules import all_rules

Row = TypeVar("Row", bound=models.Model)

COVER = "○○○"
AT_ONCE = 500


def mask_mentions(leaving: Leaving) -> None:
    """Cover what names the person in every free text of the community in scope."""
    for model, columns in free_texts():
        leaving.went(f"{model._meta.label}#mention", len(cover(model._default_manager.all(), columns, leaving)))


def free_texts() -> Iterator[tuple[type[models.Model], tuple[str, ...]]]:
    """Tables with their columns of free text."""
    for rule in all_rules().values():
        if rule.free_text:
            yield apps.get_model(rule.table.partition(":")[0]), rule.free_text


def cover(rows: QuerySet[Row], columns: tuple[str, ...], leaving: Leaving) -> list[Row]:
    """Cover what names the person in some columns of ``rows``; returns those that were changed."""
    said = [text for text in (leaving.name, leaving.identity_number, *sorted(leaving.phones)) if len(text) > 1]
    if not said:
        return []
    pattern = re.compile("|".join(map(re.escape, said)), re.IGNORECASE)
    names = Q()
    for column in columns:
        for text in said:
            names |= Q(**{f"{column}__icontains": text})
    found = list(rows.filter(names))
    for row in found:
        for column in columns:
            setattr(row, column, pattern.sub(COVER, getattr(row, column)))
    rows.model._base_manager.bulk_update(found, columns, batch_size=AT_ONCE)
    return found
