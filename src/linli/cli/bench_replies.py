"""``linli bench quality replies``: the real reply of a message among all replies, beside plain TF-IDF."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from linli.cli.bench_reading import need, say, step, table

Data = Annotated[Path, typer.Option("--data", exists=True, dir_okay=False, help="messages with their 答复意见")]
FOLDS = 5
AT_ONCE = 200


def replies_quality(
    data: Data,
    baseline: Annotated[bool, typer.Option(help="run TF-IDF in the same run")] = True,
    examples: Annotated[int, typer.Option(help="how many mistakes to show on stderr")] = 3,
) -> None:
    """hit@1, hit@5 and mean reciprocal rank; the weights of a fold are learnt on the pairs of the other folds.

    The asker's number is taken out of every text, and when a reply was given is never looked at: either would give the
    pair away. A tie counts as half of the places that it spans.
    """
    import numpy as np

    from linli.understand.triage.replies import Answers, Question, learn_weights, score, shortlist

    rows = table(data)
    need(rows, data, ("留言主题", "留言详情", "答复意见"))
    rows = [row for row in rows if row["答复意见"] and (row["留言主题"] or row["留言详情"])]
    users = [row.get("留言用户", "") for row in rows]
    questions = [Question(row["留言主题"], row["留言详情"]) for row in rows]
    replies = [
        row["答复意见"].replace(user, "") if user else row["答复意见"] for row, user in zip(rows, users, strict=True)
    ]
    count = len(rows)
    with step(f"indexing {count:,} replies"):
        answers = Answers(replies, also=questions)
    lists = np.zeros((count, 0), dtype=int)
    kept: list[np.ndarray] = []
    with step("comparing every message with every reply"):
        for start in range(0, count, AT_ONCE):
            views = answers.views(questions[start : start + AT_ONCE])
            short = shortlist(views)
            kept.append(np.take_along_axis(views, short[:, :, None], axis=1))
            lists = short if not lists.size else np.vstack([lists, short])
    features = np.vstack(kept)
    truth = np.full(count, -1)
    own, place = np.nonzero(lists == np.arange(count)[:, None])
    truth[own] = place
    ranks = np.full(count, float(count))
    fold = np.random.default_rng(0).permutation(count) % FOLDS
    with step("learning weights, fold by fold"):
        for held in range(FOLDS):
            teach = np.flatnonzero((fold != held) & (truth >= 0))
            weights = learn_weights(features[teach], truth[teach])
            for n in np.flatnonzero((fold == held) & (truth >= 0)):
                ranks[n] = _rank(score(features[n], weights), int(truth[n]))
    figures: dict[str, Any] = {"pairs": count, **_hits(ranks), "among_candidates": round(float((truth >= 0).mean()), 4)}
    plain = np.array(
        [_rank(score(features[n], None), int(truth[n])) if truth[n] >= 0 else float(count) for n in range(count)]
    )
    figures["hit_at_1_without_learning"] = _hits(plain)["hit_at_1"]
    _show(ranks, lists, questions, replies, examples)
    if baseline:
        with step("baseline: char 2–3-gram TF-IDF"):
            figures |= {f"baseline_{k}": v for k, v in _baseline(questions, replies).items()}
        figures["ratio"] = round(figures["hit_at_1"] / figures["baseline_hit_at_1"], 3)
        figures["peer"] = "char 2-3-gram TF-IDF cosine"
    print(json.dumps(figures, ensure_ascii=False))


def _rank(scores, own: int) -> float:
    """0 for the best; ties count half."""
    mine = scores[own]
    return float((scores > mine).sum() + ((scores == mine).sum() - 1) / 2)


def _hits(ranks) -> dict[str, float]:
    return {
        "hit_at_1": round(float((ranks < 1).mean()), 4),
        "hit_at_5": round(float((ranks < 5).mean()), 4),
        "mrr": round(float((1 / (1 + ranks)).mean()), 4),
    }


def _baseline(questions, replies: list[str]) -> dict[str, float]:
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    space = TfidfVectorizer(analyzer="char", ngram_range=(2, 3))
    there = space.fit_transform(replies)
    alike = (space.transform(f"{q.title}{q.text}" for q in questions) @ there.T).toarray()
    return _hits(np.array([_rank(row, n) for n, row in enumerate(alike)]))


def _show(ranks, lists, questions, replies: list[str], at_most: int) -> None:
    worst = sorted(range(len(ranks)), key=lambda n: -ranks[n])[:at_most]
    for n in worst:
        say(f"  missed: {questions[n].title!r}: its reply {replies[n][:70]!r}, found {replies[lists[n][0]][:70]!r}")
