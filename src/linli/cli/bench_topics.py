"""``linli bench quality topics``: topics found without knowing any, against the known ones, beside DBSCAN."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable
from pathlib import Path
from typing import Annotated, Any

import typer

from linli.cli.bench_reading import moment, need, say, step, table

Data = Annotated[Path, typer.Option("--data", exists=True, dir_okay=False, help="messages with a silver_topic column")]
TOP = 10


def topics_quality(
    data: Data,
    baseline: Annotated[bool, typer.Option(help="run DBSCAN in the same run")] = True,
) -> None:
    """B-cubed F on the messages of known topics, and how many known topics are one group among the ten hottest.

    ``bcubed_f`` compares the messages that have a known topic; ``bcubed_f_strict`` counts every other message in their
    groups as wrong, although many do belong there (the marks were made by keyword).
    """
    from linli.understand.text.measuring import bcubed
    from linli.understand.text.naming import named_places
    from linli.understand.topics.finding import find_topics
    from linli.understand.topics.grouping import Message

    rows = table(data)
    need(rows, data, ("留言编号", "留言主题", "留言时间", "留言详情", "silver_topic"))
    with step(f"reading names in {len(rows):,} messages"):
        messages = [
            Message(
                key=n,
                title=row["留言主题"],
                text=row["留言详情"],
                said_at=moment(row["留言时间"]),
                person=row.get("留言用户") or None,
                names=named_places(f"{row['留言主题']}。{row['留言详情'][:300]}"),
            )
            for n, row in enumerate(rows)
        ]
    with step("grouping and ranking"):
        supporters: dict[Hashable, int] = {n: _number(row.get("点赞数", "")) for n, row in enumerate(rows)}
        topics = find_topics(messages, supporters=supporters)
    truth = [row["silver_topic"] for row in rows]
    groups = [-n - 1 for n in range(len(rows))]
    for number, topic in enumerate(topics):
        for key in topic.keys:
            groups[key] = number  # type: ignore[call-overload]
    figures: dict[str, Any] = {"messages": len(rows), "topics": len(topics), **_scores(groups, truth)}
    known = Counter(t for t in truth if t)
    found = {name: _found(name, known[name], groups, truth) for name in known}
    figures["known_topics"] = len(known)
    figures["found_as_one_in_top_ten"] = round(
        sum(f is not None and f < TOP for f in found.values()) / max(1, len(known)), 3
    )
    figures["found_as_one"] = round(sum(f is not None for f in found.values()) / max(1, len(known)), 3)
    for rank, topic in enumerate(topics[:TOP], start=1):
        say(f"{rank}. {topic.description.label} ({topic.people} people, heat {topic.heat:.1f})")
        for voice in topic.description.voices[:1]:
            say(f"     {voice}")
    for name, place in sorted(found.items(), key=lambda item: (item[1] is None, item[1])):
        say(f"known: {name} ({known[name]}): " + (f"rank {place + 1}" if place is not None else "not one group"))
    if baseline:
        with step("baseline: DBSCAN on char TF-IDF cosine, eps 0.80"):
            groups = _dbscan([f"{row['留言主题']}{row['留言详情']}" for row in rows])
            precision, recall, f = bcubed(*_only_known(groups, truth))
        figures |= {"baseline_bcubed_f": round(f, 4), "baseline_precision": round(precision, 4)}
        figures |= {"baseline_recall": round(recall, 4), "peer": "DBSCAN, char 2-3-gram TF-IDF, eps 0.80"}
        figures["ratio"] = round(figures["bcubed_f"] / f, 3)
    print(json.dumps(figures, ensure_ascii=False))


def _scores(groups: list[int], truth: list[str]) -> dict[str, float]:
    from linli.understand.text.measuring import bcubed

    precision, recall, f = bcubed(*_only_known(groups, truth))
    marked = [n for n, topic in enumerate(truth) if topic]
    size = Counter(groups)
    both = Counter((groups[n], truth[n]) for n in marked)
    strict = sum(both[groups[n], truth[n]] / size[groups[n]] for n in marked) / max(1, len(marked))
    return {
        "bcubed_f": round(f, 4),
        "bcubed_precision": round(precision, 4),
        "bcubed_recall": round(recall, 4),
        "bcubed_f_strict": round(2 * strict * recall / (strict + recall), 4) if strict + recall else 0.0,
    }


def _only_known(groups: list[int], truth: list[str]) -> tuple[list[int], list[str]]:
    kept = [n for n, topic in enumerate(truth) if topic]
    return [groups[n] for n in kept], [truth[n] for n in kept]


def _found(name: str, size: int, groups: list[int], truth: list[str]) -> int | None:
    """The rank of the group that holds most of a known topic and no other known topic as much, or ``None``."""
    inside = Counter(group for group, topic in zip(groups, truth, strict=True) if topic == name)
    group, most = inside.most_common(1)[0]
    known_inside = Counter(t for g, t in zip(groups, truth, strict=True) if g == group and t)
    return group if group >= 0 and most * 2 > size and known_inside[name] * 2 > known_inside.total() else None


def _dbscan(texts: list[str]) -> list[int]:
    import numpy as np
    from sklearn.cluster import DBSCAN
    from sklearn.feature_extraction.text import TfidfVectorizer

    rows = TfidfVectorizer(analyzer="char", ngram_range=(2, 3), sublinear_tf=True, min_df=2).fit_transform(texts)
    apart = np.clip(1 - (rows @ rows.T).toarray(), 0, 1)
    labels = DBSCAN(eps=0.80, min_samples=3, metric="precomputed").fit_predict(apart)
    return [int(label) if label >= 0 else -n - 1 for n, label in enumerate(labels)]


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
