"""``linli bench quality published``: how far the published numbers lie from the true ones, at the default budget.

The ten indicators are counted as a release counts them in the simulator's neighbourhood of 4,906 people, and drawn many
times; nothing is published and no budget is touched. Relative errors are shares of the true value. The register is the
simulator's; consents and a quarter's matters are drawn for the occasion at about the rates of its three weeks, because the noise
depends on how many there are and on nothing else. ``--home`` counts a demo that has lived instead.
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Annotated, Any

import typer

from linli.cli.runtime import set_up

LARGE = 200
AIM = 0.03
"""Counts over 200 are to be within 3 %, nineteen times out of twenty."""


def published_quality(
    times: Annotated[int, typer.Option(min=20, help="how often each indicator is drawn")] = 1000,
    share: Annotated[int, typer.Option(help="precision in thousandths of the finest: 1000, 500 or 250")] = 1000,
    days: Annotated[int, typer.Option(min=1, help="length of the period, up to yesterday")] = 90,
    seed: Annotated[int, typer.Option(help="of the neighbourhood and its matters")] = 1,
    home: Annotated[
        Path | None, typer.Option(help="a stopped demo's home, instead of a neighbourhood made now")
    ] = None,
) -> None:
    """Measure the error that the gate adds to the ten published indicators."""
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        set_up(home=home or Path(folder), mode="demo")
        if home is None:
            _settle(seed, days)
        print(json.dumps(measure(times=times, share=share, days=days)))


def _settle(seed: int, days: int) -> None:
    """An instance in the folder: the planned register by its import files, and people's matters of the period."""
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command

    from linli.foundation import clock
    from linli.foundation.accounts.actor import Actor
    from linli.foundation.registry.actions import Mode, import_file
    from linli.foundation.registry.models import Community
    from linli.foundation.tenancy import community_scope
    from linli.simulator.neighbourhood import plan_neighbourhood
    from linli.simulator.neighbourhood.import_files import import_files

    _say("4,906 people move in")
    settings.MIGRATION_MODULES = {config.label: None for config in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)
    planned = plan_neighbourhood(seed, as_of=clock.today())
    community = Community.objects.create(code=planned.code, name=planned.name, phone="0571-0000-0000")
    operator = Actor.for_system("bench", community.pk)
    with community_scope(community):
        for template, content in import_files(planned):
            import_file(content, f"{template}.csv", template=template, mode=Mode.ALL, actor=operator)
        _say("they agree, and they have something to say")
        _live(Random(seed), days)  # noqa: S311 - drawn for a measurement, guards nothing


def _live(rng: Random, days: int) -> None:
    """Consents of every twelfth person, and matters of about one person in seven: 86 % on time, 84 % answered for."""
    from linli.act.casework.models import Case, CaseRequest, Rating
    from linli.foundation import clock
    from linli.foundation.privacy.models import Consent
    from linli.foundation.registry.models import Grid, Resident
    from linli.sense.requests.models import Request

    now, grids = clock.now(), list(Grid.objects.all())
    people = list(Resident.objects.living_here().exclude(home=None).only("pk", "home_id", "community_id"))
    Consent.objects.bulk_create(
        Consent(
            community_id=one.community_id, resident=one, home_id=one.home_id, purpose="smoke_care", text_version="1",
            channel="door", given_at=now - timedelta(days=days),
        )
        for one in rng.sample(people, len(people) // 12)
    )  # fmt: skip
    for number, one in enumerate(rng.choices(people, k=len(people) // 7)):
        said = now - timedelta(days=rng.uniform(2, days - 1))
        due = said + timedelta(days=5)
        closed = said + timedelta(days=rng.uniform(0.2, 1.5)) if rng.random() < 0.86 else due + timedelta(days=1)
        case = Case.objects.create(
            number=f"B-{number}", title="x", category="050100", level="P2", state="closed", grid=rng.choice(grids),
            rules_version="bench", opened_at=said, clock_from=said, accept_by=due, contact_by=due, finish_by=due,
            fed_back_at=closed, closed_at=closed,
        )  # fmt: skip
        request = Request.objects.create(channel="phone", words="x", speaker=one, said_at=said, received_at=said)
        CaseRequest.objects.create(case=case, request=request, joined_at=said)
        if rng.random() < 0.84:
            Rating.objects.create(
                case=case, request=request, round=0, solved=rng.random() < 0.88,
                satisfaction=5 if rng.random() < 0.9 else 2, at=closed,
            )  # fmt: skip


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
