"""``linli bench quality places``: building numbers in messages of elsewhere, and in those of the simulator, whose truth is known."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linli.cli.bench_messages import unlabelled_rows
from linli.cli.bench_reading import say, step

if TYPE_CHECKING:
    from linli.understand.triage.places import Known, Named

Data = Annotated[
    list[Path], typer.Option("--data", exists=True, dir_okay=False, help="messages of other towns; none is about here")
]
OF_EACH = 3
STREET = "晚河街道"


def places_quality(
    data: Data,
    seed: Annotated[int, typer.Option(help="of the simulated neighbourhood and its people's words")] = 1,
    examples: Annotated[int, typer.Option(help="how many mistakes to show on stderr")] = 5,
) -> None:
    """Messages of other towns put into a building of ours (should be none), and the simulator's own messages put into theirs."""
    from linli.simulator.neighbourhood import plan_neighbourhood
    from linli.understand.triage.places import Known

    n = plan_neighbourhood(seed, as_of=date(2026, 3, 2))
    registry = [Known(b.code, b.number, estate.name) for estate in n.estates for b in estate.buildings]
    texts = [text for file in data for text in unlabelled_rows(file)]
    figures: dict[str, Any] = {"buildings": len(registry)}
    with step(f"{len(texts):,} messages of elsewhere"):
        figures |= _of_elsewhere(texts, registry, examples)
    with step("what the simulator's people say"):
        figures |= _of_here(n, registry, seed, examples)
    print(json.dumps(figures, ensure_ascii=False))


def _find(text: str, registry: list[Known]) -> list[Named]:
    from linli.understand.triage.places import find_places

    return find_places(text, registry, ours={STREET})


def _of_elsewhere(texts: list[str], registry: list[Known], examples: int) -> dict[str, int]:
    found = [(text, named) for text in texts if (named := _find(text, registry))]
    wrong = [(text, named) for text, named in found if any(not one.against for one in named)]
    for text, named in wrong[:examples]:
        say(f"  {next(one.words for one in named if not one.against)!r} in {text[:50]!r}")
    return {
        "messages": len(texts),
        "with_a_number_that_we_have": len(found),
        "placed_falsely": sum(any(one.clear for one in named) for _text, named in wrong),
        "suggested_falsely": len(wrong),
    }


def _of_here(n: Any, registry: list[Known], seed: int, examples: int) -> dict[str, float]:
    """Every kind of message from every building; about a quarter names no place."""
    from linli.simulator.incidents.kinds import KINDS
    from linli.simulator.people.words import request_words

    rng = Random(seed)  # noqa: S311
    named = right = placed = silent = 0
    for estate in n.estates:
        for building in estate.buildings:
            called = f"{estate.name}{building.number}幢"
            for kind in KINDS:
                for _ in range(OF_EACH):
                    words = request_words(kind, rng, place=called, old=rng.random() < 0.5)
                    found = next((one for one in _find(words, registry) if one.clear), None)
                    placed += found is not None
                    if called not in words:
                        silent += 1
                        continue
                    named += 1
                    if found is not None and found.buildings == (building.code,):
                        right += 1
                    elif examples > 0:
                        examples -= 1
                        say(f"  not found: {words!r}")
    return {
        "own_messages": named + silent,
        "own_that_name_a_building": named,
        "recall": round(right / max(1, named), 4),
        "precision": round(right / max(1, placed), 4),
    }
