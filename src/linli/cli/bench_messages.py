"""``linli bench quality messages``: the category model on messages that it has not seen, beside TF-IDF with a linear SVM."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from linli.cli.bench_reading import fail, need, say, step, table

Train = Annotated[list[Path], typer.Option("--train", exists=True, dir_okay=False, help="labelled rows to learn from")]
Test = Annotated[Path, typer.Option("--test", exists=True, dir_okay=False, help="labelled rows kept back")]
Unlabelled = Annotated[
    list[Path] | None, typer.Option(exists=True, dir_okay=False, help="messages without labels, to learn words from")
]
Taxonomy = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="category tree (一级分类, 二级分类, 三级分类)")
]
CURVE = (50, 100, 350, 938)
MISTAKES = 5


def messages_quality(
    train: Train,
    test: Test,
    unlabelled: Unlabelled = None,
    taxonomy: Taxonomy = None,
    baseline: Annotated[bool, typer.Option(help="train the baseline in the same run")] = True,
    curve: Annotated[bool, typer.Option(help="the learning curve of a community with few labels")] = True,
    examples: Annotated[int, typer.Option(help="how many mistakes to show on stderr")] = MISTAKES,
) -> None:
    """Macro-F1, accuracy, calibration and cost of the category model, and how it begins with few labels."""
    from linli.understand.triage.learning.training import Labelled

    known = [Labelled(text, label) for file in train for text, label in labelled_rows(file)]
    held = labelled_rows(test)
    spare = [text for file in unlabelled or [] for text in unlabelled_rows(file)]
    labels = {row.label for row in known}
    seeds = _seeds(taxonomy, labels) if taxonomy else {}
    texts, truth = [text for text, _ in held], [label for _, label in held]
    known_already = set(texts)
    overlap = sum(row.text in known_already for row in known)
    say(
        f"{len(known):,} labelled rows, {len(held):,} kept back, {len(spare):,} without label, {len(seeds)} seeded labels"
    )
    if overlap:
        say(f"{overlap} rows stand in both files and are left out of training")
        known = [row for row in known if row.text not in known_already]

    figures: dict[str, Any] = {"train_rows": len(known), "test_rows": len(held), "in_both": overlap}
    figures |= _measure(known, texts, truth, spare, seeds, examples=examples)
    if baseline:
        with step("baseline: char 1–3-gram TF-IDF + LinearSVC"):
            figures |= {f"baseline_{k}": v for k, v in _baseline(known, texts, truth).items()}
        figures["ratio"] = round(figures["macro_f1"] / figures["baseline_macro_f1"], 4)
        figures["peer"] = "char 1-3-gram TF-IDF + LinearSVC"
    if curve:
        figures["curve"] = [_point(n, known, texts, truth, spare, seeds) for n in CURVE if n < len(known)]
    print(json.dumps(figures, ensure_ascii=False))


def _measure(
    known: Sequence, texts: list[str], truth: list[str], spare: list[str], seeds: dict, *, examples: int = 0
) -> dict[str, Any]:
    import numpy as np

    from linli.understand.text.measuring import accuracy, macro_f1
    from linli.understand.triage.learning.calibrating import calibration_error
    from linli.understand.triage.learning.model import Model
    from linli.understand.triage.learning.training import train

    started = time.perf_counter()
    with step(f"training on {len(known):,} rows"):
        stored = train(known, unlabelled=spare, seeds=seeds).to_bytes()
    seconds = time.perf_counter() - started
    model = Model.from_bytes(stored)
    started = time.perf_counter()
    chances = model.probabilities(texts)
    each = (time.perf_counter() - started) / max(1, len(texts))
    found = [model.labels[n] for n in chances.argmax(axis=1)]
    right = np.array([f == t for f, t in zip(found, truth, strict=True)], dtype=float)
    _show_mistakes(model, texts, truth, found, chances, examples)
    return {
        "macro_f1": round(macro_f1(found, truth), 4),
        "accuracy": round(accuracy(found, truth), 4),
        "calibration_error": round(calibration_error(chances.max(axis=1), right), 4),
        "seconds_per_1000": round(each * 1000, 2),
        "model_bytes": len(stored),
        "train_seconds": round(seconds, 1),
    }


def _baseline(known: Sequence, texts: list[str], truth: list[str]) -> dict[str, float]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    from linli.understand.text.measuring import accuracy, macro_f1

    space = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    rows = space.fit_transform("".join(row.text.split()) for row in known)
    machine = LinearSVC(random_state=0).fit(rows, [row.label for row in known])
    found = machine.predict(space.transform("".join(text.split()) for text in texts)).tolist()
    return {"macro_f1": round(macro_f1(found, truth), 4), "accuracy": round(accuracy(found, truth), 4)}


def _point(
    n: int, known: Sequence, texts: list[str], truth: list[str], spare: list[str], seeds: dict
) -> dict[str, Any]:
    import numpy as np

    order = np.random.default_rng(7).permutation(len(known))[:n]
    few = [known[i] for i in order]
    say(f"learning curve: {n} rows")
    mine = _measure(few, texts, truth, spare, seeds)
    point = {"rows": n, "macro_f1": mine["macro_f1"], "calibration_error": mine["calibration_error"]}
    if spare or seeds:
        point["macro_f1_labels_alone"] = _measure(few, texts, truth, [], {})["macro_f1"]
    return point | {"baseline_macro_f1": _baseline(few, texts, truth)["macro_f1"]}


def _show_mistakes(model, texts: list[str], truth: list[str], found: list[str], chances, at_most: int) -> None:
    wrong = sorted((i for i in range(len(texts)) if found[i] != truth[i]), key=lambda i: -chances[i].max())
    pairs = Counter((truth[i], found[i]) for i in wrong)
    if at_most and wrong:
        say("most frequent mistakes: " + "; ".join(f"{t} → {f} {n}" for (t, f), n in pairs.most_common(6)))
    for i in wrong[:at_most]:
        first = model.suggest(texts[i])[0]
        say(
            f"  is {truth[i]}, said {found[i]} ({first.confidence:.2f}: {'、'.join(first.evidence)}): {texts[i][:60]!r}"
        )


def labelled_rows(file: Path) -> list[tuple[str, str]]:
    """(text, label) of a file with 留言主题, 留言详情, 一级标签 or with seg_text, label."""
    rows = table(file)
    if rows and "seg_text" in rows[0]:
        need(rows, file, ("seg_text", "label"))
        return [(row["seg_text"], row["label"]) for row in rows if row["label"]]
    need(rows, file, ("留言详情", "一级标签"))
    return [(_raw(row), row["一级标签"]) for row in rows if row["一级标签"]]


def unlabelled_rows(file: Path) -> list[str]:
    """Texts of a file with 留言主题 and 留言详情, or seg_text."""
    rows = table(file)
    if rows and "seg_text" in rows[0]:
        return [row["seg_text"] for row in rows]
    need(rows, file, ("留言详情",))
    return [_raw(row) for row in rows]


def _raw(row: dict[str, str]) -> str:
    return "\n".join(part for part in (row.get("留言主题", ""), row["留言详情"]) if part)


def _seeds(file: Path, labels: set[str]) -> dict[str, list[str]]:
    """Names of the kinds below each first-level category that the labels know."""
    rows = table(file)
    need(rows, file, ("一级分类", "二级分类", "三级分类"))
    seeds: dict[str, list[str]] = {}
    for row in rows:
        if row["一级分类"] in labels:
            names = seeds.setdefault(row["一级分类"], [row["一级分类"]])
            names += [name for name in (row["二级分类"], row["三级分类"]) if name not in names and name != "其他"]
    if labels and not seeds:
        fail(f"{file}: none of its first-level categories is a label of the training rows")
    return seeds
