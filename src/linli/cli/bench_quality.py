"""``linli bench quality``: how good it is, on data that is passed and never shipped or on known truth."""

from __future__ import annotations

import typer

from linli.cli.bench_addresses import addresses_quality
from linli.cli.bench_duplicates import duplicates_quality
from linli.cli.bench_messages import messages_quality
from linli.cli.bench_nab import nab_quality
from linli.cli.bench_pii import pii_quality
from linli.cli.bench_places import places_quality
from linli.cli.bench_published import published_quality
from linli.cli.bench_replies import replies_quality
from linli.cli.bench_rhythm import homes_quality, water_quality
from linli.cli.bench_topics import topics_quality
from linli.cli.bench_warnings import warnings_quality

quality = typer.Typer(
    help="Quality on data that you pass or on known truth, beside a named baseline.", no_args_is_help=True
)
quality.command("messages")(messages_quality)
quality.command("topics")(topics_quality)
quality.command("replies")(replies_quality)
quality.command("duplicates")(duplicates_quality)
quality.command("addresses")(addresses_quality)
quality.command("places")(places_quality)
quality.command("pii")(pii_quality)
quality.command("water")(water_quality)
quality.command("homes")(homes_quality)
quality.command("nab")(nab_quality)
quality.command("warnings")(warnings_quality)
quality.command("published")(published_quality)
