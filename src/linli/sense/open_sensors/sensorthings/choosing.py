"""Choosing and ordering entities that are in memory, by the same SQL as observations.

A path that leads through a collection holds when it holds for one of its members; two paths through the same collection
speak of the same member, as in the standard's own examples (§9.3.3.5.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.sense.open_sensors.sensorthings.compiling import NOTHING, NUMBER, TEXT, TIME, TRUTH, Compiler, Mismatch, Sql
from linli.sense.open_sensors.sensorthings.entities import OBSERVATIONS, Entity, World
from linli.sense.open_sensors.sensorthings.errors import Refused
from linli.sense.open_sensors.sensorthings.grammar import Node, paths_of

MOST_COMBINATIONS = 200_000
_ARROW = {NUMBER: "float64", TEXT: "string", TRUTH: "bool", TIME: "int64"}

Route = tuple[str, ...]


def choose(
    world: World, entities: Sequence[Entity], where: Node | None, order: Sequence[tuple[Node, bool]]
) -> list[Entity]:
    """The entities for which ``where`` holds, in ``order`` and then as they came. Raises :class:`Refused`."""
    if not entities or (where is None and not order):
        return list(entities)
    import duckdb
    import pyarrow as pa

    rows, columns, kinds = table_of(world, entities, ([where] if where else []) + [key for key, _ in order])
    names = {path: Sql(f"c{n}", kinds[path]) for n, path in enumerate(columns)}
    compiler = Compiler(names.__getitem__, clock.now())
    sql = "SELECT row FROM t"
    with refusing():
        if where is not None:
            sql += f" WHERE {compiler.condition(where)}"
        keys = [
            f"{'max' if falls else 'min'}({compiler.any_of(key).text}) {'DESC' if falls else 'ASC'} NULLS LAST"
            for key, falls in order
        ]
    sql += f" GROUP BY row ORDER BY {', '.join([*keys, 'row'])}"
    table = pa.table(
        {"row": pa.array(rows, pa.int64())}
        | {f"c{n}": arrow_of(columns[path], kinds[path]) for n, path in enumerate(columns)}
    )
    with duckdb.connect() as memory:
        memory.register("t", table)
        try:
            return [entities[row] for (row,) in memory.execute(sql, compiler.parameters).fetchall()]
        except duckdb.Error:
            raise Refused(_("这个条件算不出来，请检查。"), code="filter") from None


@contextmanager
def refusing() -> Iterator[None]:
    """Turns what does not fit together into a refusal."""
    try:
        yield
    except Mismatch as why:
        raise Refused(_("条件写得不对：%(why)s。") % {"why": why}, code="filter") from None


def table_of(
    world: World, entities: Sequence[Entity], trees: Sequence[Node]
) -> tuple[list[int], dict[Route, list[Any]], dict[Route, str]]:
    """What the paths of ``trees`` say of each entity: its number, the values by path, and of which kind they are."""
    paths = sorted(set().union(*map(paths_of, trees)) if trees else set())
    columns: dict[Route, list[Any]] = {path: [] for path in paths}
    rows: list[int] = []
    for number, entity in enumerate(entities):
        for combination in _combinations(world, entity, paths):
            rows.append(number)
            if len(rows) > MOST_COMBINATIONS:
                raise Refused(_("条件太复杂了，请写得简单一点。"), code="filter")
            for path in paths:
                columns[path].append(_value(world, entity, path, combination))
    kinds = {path: _kind(values) for path, values in columns.items()}
    for path, values in columns.items():
        columns[path] = [_plain(value, kinds[path]) for value in values]
    return rows, columns, kinds


def arrow_of(values: list[Any], kind: str):
    import pyarrow as pa

    return pa.array(values, getattr(pa, _ARROW.get(kind, "string"))())


def _combinations(world: World, entity: Entity, paths: Sequence[Route]) -> list[dict[Route, Entity | None]]:
    """One assignment for each choice of members of the collections that the paths lead through."""
    made: list[dict[Route, Entity | None]] = [{(): entity}]
    for path in paths:
        for length in range(1, len(path) + 1):
            route = path[:length]
            if route in made[0]:
                continue
            extended: list[dict[Route, Entity | None]] = []
            for one in made:
                holder = one.get(route[:-1])
                if holder is None or route[-1] not in holder.kind.relations:
                    extended.append(one)
                    continue
                if holder.kind.relations[route[-1]] == OBSERVATIONS:
                    raise Refused(
                        _("条件不能穿过 Observations。请直接查 Observations。"), status=501, code="not_offered"
                    )
                members: Sequence[Entity | None] = world.related(holder, route[-1]) or [None]
                extended += [one | {route: member} for member in members]
            made = extended
            if len(made) > MOST_COMBINATIONS:
                raise Refused(_("条件太复杂了，请写得简单一点。"), code="filter")
    return made


def _value(world: World, entity: Entity, path: Route, combination: dict[Route, Entity | None]) -> Any:
    length = max(n for n in range(len(path)) if path[:n] in combination)
    holder = combination[path[:length]]
    rest = path[length:]
    if holder is None:
        return None
    if rest[0] in ("id", "@iot.id") and len(rest) == 1:
        return holder.id
    if rest[0] == "@iot.selfLink" or rest[0] not in holder.kind.properties:
        raise Refused(
            _("%(kind)s 没有“%(name)s”。") % {"kind": holder.kind.one, "name": "/".join(rest)[:60]}, code="unknown_name"
        )
    value: Any = holder.values.get(rest[0])
    for name in rest[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _kind(values: Sequence[Any]) -> str:
    for value in values:
        if isinstance(value, bool):
            return TRUTH
        if isinstance(value, int | float):
            return NUMBER
        if isinstance(value, datetime):
            return TIME
        if isinstance(value, str):
            return TEXT
    return NOTHING


def _plain(value: Any, kind: str) -> Any:
    if kind == TIME:
        return round(value.timestamp() * 1000) if isinstance(value, datetime) else None
    if kind == NUMBER:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return value if isinstance(value, {TRUTH: bool, TEXT: str}.get(kind, type(None))) else None
