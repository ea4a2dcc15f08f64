"""``linli bench quality published``: how far the published numbers lie from the true ones, at the default budget.

The ten indicators are counted as a release counts them, in a neighbourhood of 4,906 people that has lived three weeks,
and drawn many times; nothing is published and no budget is touched. Relative errors are shares of the true value.
"""

from __future__ import annotations

import contextlib
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from linli.cli.bench_pages import _lived_in_home
from linli.cli.runtime import set_up

LARGE = 200
AIM = 0.03
"""Counts over 200 are to be within 3 %, nineteen times out of twenty."""


def published_quality(
    times: Annotated[int, typer.Option(min=20, help="how often each indicator is drawn")] = 1000,
    share: Annotated[int, typer.Option(help="precision in thousandths of the finest: 1000, 500 or 250")] = 1000,
    days: Annotated[int, typer.Option(min=1, help="length of the period, up to yesterday")] = 90,
    home: Annotated[
        Path | None, typer.Option(help="a stopped demo's home; without it one is made, three minutes")
    ] = None,
) -> None:
    """Measure the error that the gate adds to the ten published indicators."""
    with contextlib.ExitStack() as stack:
        set_up(home=home or stack.enter_context(_lived_in_home()), mode="demo")
        print(json.dumps(measure(times=times, share=share, days=days)))


def measure(*, times: int, share: int, days: int) -> dict[str, Any]:
    """Figures of the only community, or of the one with the most residents."""
    from linli.foundation import clock
    from linli.foundation.privacy.publishing import releasing
    from linli.foundation.privacy.publishing.numbers import Period, all_questions, tally
    from linli.foundation.registry.models import Community, Resident
    from linli.foundation.tenancy import community_scope, every_community

    with every_community("the benchmark takes the largest community"):
        sizes = {one: Resident.objects.filter(community=one).count() for one in Community.objects.all()}
    if not sizes:
        raise SystemExit("there is no community in this home")
    with community_scope(max(sizes, key=lambda one: sizes[one])):
        yesterday = clock.today() - timedelta(days=1)
        period = Period(yesterday - timedelta(days=days - 1), yesterday)
        true = {question.key: tally(question, question.answers(period)) for question in all_questions()}
        people = sum(true["registry.ages"].values())
    indicators = {made: _errors(made, true, share, times) for made in _keys()}
    large = {key: one for key, one in indicators.items() if one["kind"] == "count" and one["true"] > LARGE}
    return {
        "people": people,
        "epsilon": releasing.price_of(share) / 1000,
        "times": times,
        "indicators": indicators,
        "aim": AIM,
        "largest_margin_over_200": max((one["margin_relative"] for one in large.values()), default=None),
        "largest_mean_error_over_200": max((one["mean_relative"] for one in large.values()), default=None),
        "aim_met": all(one["margin_relative"] <= AIM for one in large.values()),
    }


def _keys() -> list[str]:
    from linli.foundation.privacy.publishing.numbers import all_indicators

    return [one.key for one in all_indicators()]


def _errors(key: str, true: dict[str, dict[str, int]], share: int, times: int) -> dict[str, Any]:
    from linli.foundation.privacy.publishing import noise, releasing
    from linli.foundation.privacy.publishing.numbers import all_indicators, all_questions

    _say(f"{key}, {times} times")
    indicator = next(one for one in all_indicators() if one.key == key)
    question = next(one for one in all_questions() if one.key == indicator.question)
    counts = true[question.key]
    width, epsilon = len(counts), releasing.epsilon_of(question, share)
    flat = noise.noisy(list(counts.values()) * times, cap=question.cap, epsilon=epsilon)
    draws = [dict(zip(counts, flat[n * width : (n + 1) * width], strict=True)) for n in range(times)]
    made = [releasing._make(indicator, question, cells, share) for cells in draws]
    told = [one for one in made if one.value is not None]
    n = sum(counts[cell] for cell in indicator.of) if indicator.is_rate else None
    part = sum(counts[cell] for cell in indicator.cells)
    real = (1000 * part / n if n else 0.0) if indicator.is_rate else float(part)
    errors = sorted(abs((one.value or 0) - real) for one in told)
    within = sum(abs((one.value or 0) - real) <= one.error for one in told)
    margin = sorted(one.error for one in made)[len(made) // 2]
    unit = 10 if indicator.is_rate else 1
    return {
        "kind": "rate" if indicator.is_rate else "count",
        "true": round(real / unit, 1) if indicator.is_rate else part,
        "n": n,
        "epsilon": epsilon / 1000,
        "margin": margin / unit,
        "margin_relative": round(margin / real, 4) if real else None,
        "mean_error": round(sum(errors) / len(errors) / unit, 2) if errors else None,
        "mean_relative": round(sum(errors) / len(errors) / real, 4) if errors and real else None,
        "within_margin": round(within / len(told), 3) if told else None,
        "told": round(len(told) / times, 3),
    }


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
