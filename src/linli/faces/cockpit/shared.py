"""The cockpit for screens that anybody may stand before, and for the street office: every number through the gate.

Numbers about people, their requests, warnings in homes and devices in homes carry consistent noise; what the same screen
shows one by one is counted as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from linli.act.casework.queries.figures import rate_records
from linli.faces.cockpit import queries
from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.consents.standing import purposes_sensing
from linli.foundation.privacy.publishing import gate
from linli.foundation.privacy.publishing.published import Published, PublishedRate
from linli.foundation.registry.models import Resident
from linli.foundation.tenancy import active_community_id
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.speaking import WATCHED
from linli.sense.telemetry.speaking import Standing as DeviceStanding


@dataclass(frozen=True)
class SharedWeek:
    starts: date
    found: Published
    told: Published


@dataclass(frozen=True)
class SharedSensing:
    type: str
    label: str
    devices: Published
    speaking: Published


@dataclass(frozen=True)
class SharedBand:
    low: int
    women: Published
    men: Published


@dataclass(frozen=True)
class SharedPeople:
    total: Published
    over: dict[int, tuple[Published, PublishedRate]]
    bands: tuple[SharedBand, ...]
    verified_on: date | None


@dataclass(frozen=True)
class SharedRates:
    response: PublishedRate
    resolution: PublishedRate
    satisfaction: PublishedRate


def people(today: date) -> SharedPeople:
    """Who lives here, in one query; each bar of the pyramid and each total is a cell of its own."""
    rows = list(Resident.objects.living_here().values_list("pk", "sex", "birth_date", "verified_on"))
    ages = [(pk, sex, _age(born, today)) for pk, sex, born, _verified in rows]
    everybody = [pk for pk, _sex, _age_ in ages]
    lows = range(0, queries.OLDEST_BAND + 1, queries.BAND_YEARS)

    def band(low: int, sex: str) -> list[int]:
        high = queries.band_end(low)
        return [pk for pk, s, age in ages if s == sex and age >= low and (high is None or age <= high)]

    elders = {years: [pk for pk, _sex, age in ages if age >= years] for years in queries.ELDER_AGES}
    sets: dict[tuple, list[int]] = {("all",): everybody} | {("over", years): pks for years, pks in elders.items()}
    sets |= {(sex, low): band(low, sex) for low in lows for sex in Resident.Sex.values}
    told = gate.cells("resident", sets)
    return SharedPeople(
        total=told[("all",)],
        over={years: (told["over", years], gate.rate("resident", pks, everybody)) for years, pks in elders.items()},
        bands=tuple(
            SharedBand(low, told[Resident.Sex.FEMALE.value, low], told[Resident.Sex.MALE.value, low]) for low in lows
        ),
        verified_on=max((verified for *_, verified in rows if verified), default=None),
    )


def rates(now: datetime) -> SharedRates:
    """三率 of the last thirty days."""
    everybody = Actor.for_system("cockpit", active_community_id())
    found = rate_records(now - queries.RATES_OVER, now, actor=everybody)
    return SharedRates(
        gate.rate("case", found.contacted, found.cases),
        gate.rate("rating", found.solved, found.answers),
        gate.rate("rating", found.satisfied, found.answers),
    )


def who_was_first(today: date) -> list[SharedWeek]:
    """The weeks of :func:`queries.who_was_first`."""
    cases: dict[tuple[date, bool], list[int]] = defaultdict(list)
    for week, was_found, pk in queries.cases_by_week(today):
        cases[week, was_found].append(pk)
    return [
        SharedWeek(week, gate.cell("case", cases[week, True]), gate.cell("case", cases[week, False]))
        for week in queries.weeks_shown(today)
    ]


def sensing(now: datetime) -> dict[str, Any]:
    """Health of each device type: devices in homes tell of the people there, lamps and lifts do not."""
    speaking: dict[str, list[int]] = defaultdict(list)
    all_of: dict[str, list[int]] = defaultdict(list)
    silent: list[int] = []
    waiting: list[int] = []
    newest = None
    for pk, kind, standing, heard in queries.device_states(now):
        all_of[kind].append(pk)
        if standing == DeviceStanding.SPEAKS:
            speaking[kind].append(pk)
        elif standing == DeviceStanding.AWAITED:
            waiting.append(pk)
        else:
            silent.append(pk)
        newest = max((moment for moment in (newest, heard) if moment), default=None)
    shown, rest = queries.cut_lines([key for key in WATCHED if key in all_of])
    lines = [(str(CATALOGUE[key].label), [key]) for key in shown]
    if rest:
        lines.append((queries.rest_words(rest), list(rest)))
    health = [
        SharedSensing(",".join(keys), words, _devices(keys, all_of), _devices(keys, speaking)) for words, keys in lines
    ]
    return {
        "sensing": health,
        "silent": gate.cell("device", silent),
        "awaited": gate.cell("device", waiting),
        "newest_message": newest,
    }


def matrix(rows: Iterable[dict[str, Any]], records: dict[str, dict[int | None, list[int]]]) -> list[dict[str, Any]]:
    """The totals of the staff's matrix. A grid has a handful of cases in a state: with noise that is no number any more."""
    found = []
    for row in rows:
        cases = [pk for pks in records[row["stage"]].values() for pk in pks]
        found.append({**row, "cells": [], "total": gate.cell("case", cases)})
    most = max((float(row["total"]) for row in found), default=1.0) or 1.0
    return [{**row, "height": round(100 * float(row["total"]) / most)} for row in found]


def warnings_ended_today(now: datetime) -> dict[str, Published]:
    ended, false = queries.warnings_that_ended_today(now)
    return {"ended": gate.cell("warning", ended), "false": gate.cell("warning", false)}


def _devices(kinds: Iterable[str], records: Mapping[str, list[int]]) -> Published:
    """Devices of these kinds, through the gate as soon as one of them tells of people."""
    found = [pk for key in kinds for pk in records.get(key, ())]
    return gate.cell("device", found) if any(map(purposes_sensing, kinds)) else gate.things(len(found))


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
