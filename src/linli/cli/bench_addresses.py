"""``linli bench quality addresses``: Chinese addresses cut into their parts, beside a plain character CRF."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from linli.cli.bench_reading import fail, say, step

Data = Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="folder with train.txt and dev.txt")]
Train = Annotated[list[Path] | None, typer.Option("--train", exists=True, dir_okay=False, help="tagged addresses")]
Test = Annotated[Path | None, typer.Option("--test", exists=True, dir_okay=False, help="tagged addresses kept back")]

Address = tuple[list[str], list[str]]
MISTAKES = 8


def addresses_quality(
    data: Data = None,
    train: Train = None,
    test: Test = None,
    rounds: Annotated[int, typer.Option(help="of the training")] = 60,
    baseline: Annotated[bool, typer.Option(help="train the plain CRF in the same run")] = True,
    examples: Annotated[int, typer.Option(help="how many mistakes to show on stderr")] = MISTAKES,
) -> None:
    """F1 over the parts of an address, and the share of addresses without any mistake.

    A file has a token and its B-, I- or O tag a line and a blank line between addresses. Labels are compared without regard to
    letter case, because the files write ``subRoad`` and ``subroad``.
    """
    from linli.understand.text.addresses import tagging

    if data is not None:
        train, test = train or [data / "train.txt"], test or data / "dev.txt"
    if not train or test is None:
        fail("say --data FOLDER (train.txt, dev.txt) or --train FILE --test FILE")
    known = [address for file in train for address in read(file)]
    held = read(test)
    there = {tuple(tokens) for tokens, _ in held}
    in_both = sum(tuple(tokens) in there for tokens, _ in known)
    known = [address for address in known if tuple(address[0]) not in there]
    say(f"{len(known):,} addresses to learn from, {len(held):,} kept back; {in_both} stood in both and were left out")
    figures: dict[str, Any] = {"train_addresses": len(known), "test_addresses": len(held), "in_both": in_both}
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        path = Path(folder) / "addresses.crf"
        started = time.perf_counter()
        with step("training"):
            tagger = tagging.train(known, path, rounds=rounds)
        figures["train_seconds"] = round(time.perf_counter() - started, 1)
        figures["model_bytes"] = path.stat().st_size
        started = time.perf_counter()
        found = [tagger.tags(tokens) for tokens, _ in held]
        figures["seconds_per_1000"] = round((time.perf_counter() - started) / max(1, len(held)) * 1000, 2)
        figures |= measure(found, [tags for _, tags in held])
        _show(held, found, examples)
        if baseline:
            with step("baseline: CRF on the characters around"):
                plain = _baseline(known, held, Path(folder) / "plain.crf", rounds)
            figures |= {f"baseline_{k}": v for k, v in plain.items() if k in ("entity_f1", "exact")}
            figures["ratio"] = round(figures["entity_f1"] / figures["baseline_entity_f1"], 4)
            figures["peer"] = "character CRF, window of 2"
    print(json.dumps(figures, ensure_ascii=False))


def read(file: Path) -> list[Address]:
    """Tagged addresses of a file."""
    found: list[Address] = []
    tokens: list[str] = []
    tags: list[str] = []
    for number, line in enumerate([*file.read_text(encoding="utf-8-sig").splitlines(), ""], start=1):
        if line.strip():
            token, blank, tag = line.rstrip().rpartition(" ")
            if not blank:
                fail(f"{file}: line {number}: not a token and a tag: {line[:40]!r}")
            tokens.append(token)
            tags.append(tag[:2] + tag[2:].lower())
        elif tokens:
            found.append((tokens, tags))
            tokens, tags = [], []
    return found


def measure(found: Sequence[Sequence[str]], truth: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Micro F1 over parts with their label, precision, recall, exact addresses and F1 by label."""
    from linli.understand.text.addresses.tagging import parts_of
    from linli.understand.text.measuring import f1

    right, said, there = Counter[str](), Counter[str](), Counter[str]()
    exact = 0
    for one, other in zip(found, truth, strict=True):
        mine, own = set(parts_of(one)), set(parts_of(other))
        exact += mine == own
        right.update(part.label for part in mine & own)
        said.update(part.label for part in mine)
        there.update(part.label for part in own)
    precision, recall, both = f1(right.total(), said.total(), there.total())
    each = {label: round(f1(right[label], said[label], there[label])[2], 3) for label in sorted(there)}
    return {
        "entity_f1": round(both, 4),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "exact": round(exact / max(1, len(truth)), 4),
        "f1_by_label": each,
    }


def _baseline(known: list[Address], held: list[Address], path: Path, rounds: int) -> dict[str, Any]:
    import pycrfsuite

    def seen(tokens: Sequence[str]) -> list[list[str]]:
        edged = ["<", "<", *tokens, ">", ">"]
        return [
            [f"{d}={edged[n + 2 + d]}" for d in range(-2, 3)]
            + [f"{d}b={edged[n + 2 + d]}{edged[n + 3 + d]}" for d in (-1, 0)]
            for n in range(len(tokens))
        ]

    trainer = pycrfsuite.Trainer(verbose=False)
    for tokens, tags in known:
        trainer.append(seen(tokens), tags)
    trainer.set_params({"c1": 0.1, "c2": 0.05, "max_iterations": rounds, "feature.possible_transitions": True})
    trainer.train(str(path))
    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    return measure([tagger.tag(seen(tokens)) for tokens, _ in held], [tags for _, tags in held])


def _show(held: list[Address], found: list[list[str]], at_most: int) -> None:
    from linli.understand.text.addresses.tagging import parts_of

    def written(tokens: Sequence[str], tags: Sequence[str]) -> str:
        return " ".join("".join(tokens[p.start : p.end]) + "/" + p.label for p in parts_of(tags))

    shown = 0
    for (tokens, tags), said in zip(held, found, strict=True):
        if shown < at_most and parts_of(tags) != parts_of(said):
            say(f"  is   {written(tokens, tags)}")
            say(f"  said {written(tokens, said)}")
            shown += 1
