"""The rows of a study: taken once when it is approved, under pseudonyms that only this study has, sealed, and thrown away
when it ends."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from linli.foundation.privacy.analysis.catalogue import Measures, Values, views
from linli.foundation.privacy.analysis.models import Study
from linli.foundation.privacy.analysis.residents_view import PURPOSE
from linli.foundation.privacy.analysis.rules.shapes import Row, Shape, canonical
from linli.foundation.privacy.rights.models import Suspension
from linli.foundation.registry.models import Resident
from linli.foundation.vault.derived import derived_secret
from linli.foundation.vault.folder import SealedFolder

YOUNGEST = 14
AT_ONCE = 200
BREATH = 0.12
"""Seconds between two batches: SQLite asks again every tenth of a second whether it may write, and whoever waits would
otherwise meet the next batch each time."""
FOLDER = SealedFolder("studies", "analysis.snapshot")


@dataclass(frozen=True)
class Snapshot:
    """``tables`` by view; ``digest`` is over the content."""

    digest: str
    tables: dict[str, tuple[Shape, list[Row]]]


def take(study: Study, on: date) -> tuple[str, str, int]:
    """Gather, put on pseudonyms and seal; (name of the file, digest, rows). What is read through the door is on record for
    each person. Raises :class:`KeysUnavailable`."""
    tables = {key: _table(study, key, on) for key in sorted(study.views)}
    data = canonical(tables)
    name = FOLDER.keep(study.community_id, data)
    return name, hashlib.sha256(data).hexdigest(), sum(len(one["rows"]) for one in tables.values())


def read(study: Study) -> Snapshot:
    """Raises :class:`ValueError` when the file is not the one that was taken."""
    data = FOLDER.read(study.snapshot)
    digest = hashlib.sha256(data).hexdigest()
    if digest != study.digest:
        raise ValueError("the snapshot was changed")
    tables = {}
    for key, facts in json.loads(data).items():
        shape = Shape.from_json(facts["shape"])
        columns, measures = list(shape.columns), sorted(shape.measures)
        rows = [
            Row(
                name,
                dict(zip(columns, values, strict=True)),
                {m: v for m, v in zip(measures, numbers, strict=True) if v is not None},
            )
            for name, values, numbers in facts["rows"]
        ]
        tables[key] = (shape, rows)
    return Snapshot(digest, tables)


def forget(study: Study) -> None:
    FOLDER.forget(study.snapshot)


def noise_secret(study: Study) -> bytes:
    return derived_secret(f"noise of study {study.community_id} {study.pk}", bytes(study.nonce))


def pseudonym(secret: bytes, resident_id: int) -> str:
    """96 bits that mean nothing in any other study."""
    return hmac.new(secret, f"resident {resident_id}".encode(), hashlib.sha256).hexdigest()[:24]


def people_studied(on: date) -> list[int]:
    """Residents of 14 and over who live here and did not object to being studied."""
    stopped = Suspension.objects.filter(purpose=PURPOSE, ended_at__isnull=True).values("resident_id")
    oldest = on.replace(year=on.year - YOUNGEST) if (on.month, on.day) != (2, 29) else date(on.year - YOUNGEST, 2, 28)
    found = Resident.objects.living_here().filter(birth_date__lte=oldest).exclude(pk__in=stopped)
    return list(found.order_by("pk").values_list("pk", flat=True))


def _table(study: Study, key: str, on: date) -> dict:
    secret = derived_secret(f"pseudonyms of study {study.community_id} {study.pk}", bytes(study.nonce))
    made = views()[key]
    shape = made.shape()
    people = people_studied(on)
    by_person: dict[str, list[tuple[Values, Measures]]] = defaultdict(list)
    for start in range(0, len(people), AT_ONCE):
        part = people[start : start + AT_ONCE]
        with transaction.atomic():
            for resident_id, values, measures in made.rows(on, part, f"study:{study.pk}"):
                by_person[pseudonym(secret, resident_id)].append((values, measures))
        if start + AT_ONCE < len(people):
            time.sleep(BREATH)
    rows = []
    # By pseudonym, so that the order of the file tells nothing of the order of the register.
    for name in sorted(by_person):
        for number, (values, measures) in enumerate(by_person[name][: shape.cap]):
            _check(shape, values)
            row = [values[column] for column in shape.columns], [measures.get(one) for one in sorted(shape.measures)]
            rows.append([f"{name}/{number}" if number else name, *row])
    return {"shape": shape.as_json(), "rows": rows}


def _check(shape: Shape, values: Values) -> None:
    for column, declared in shape.columns.items():
        if values[column] not in declared:
            raise ValueError(f"{shape.view}.{column} holds what it did not declare")
