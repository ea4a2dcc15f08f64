"""``linli bench quality duplicates``: does the text part of the duplicate rule tell one trouble from another?"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from linli.cli.bench_reading import fail, moment, need, say, step, table

Data = Annotated[Path, typer.Option("--data", exists=True, dir_okay=False, help="messages with a silver_topic column")]
RARE = 0.03
SHOWN = 3


def duplicates_quality(data: Data) -> None:
    """Precision and recall over pairs of messages that lie at most 14 days apart.

    The file knows topics, not duplicates: a pair of one topic counts as right, which is generous to no one, since many such
    pairs are two troubles of one place (``recall`` stays far below 1 for that reason). Two messages stand for one place
    when they name the same seldom-named one; ``*_text_alone`` asks the text only.
    """
    from linli.understand.text.naming import named_places
    from linli.understand.triage.duplicates import ALIKE, Resemblance, Said, candidates

    rows = table(data)
    need(rows, data, ("留言编号", "留言主题", "留言时间", "留言详情", "silver_topic"))
    texts = [f"{row['留言主题']}\n{row['留言详情']}" for row in rows]
    marked = [n for n, row in enumerate(rows) if row["silver_topic"]]
    if len(marked) < 2:
        fail(f"{data}: fewer than two messages with a silver_topic")
    with step(f"reading names in {len(marked)} marked messages"):
        names = {n: set(named_places(texts[n][:300])) for n in marked}
    with step(f"learning how rare words are from {len(rows):,} messages"):
        resemblance = Resemblance(texts)
    often = Counter(name for named in names.values() for name in named)
    said = [Said(n, texts[n], moment(rows[n]["留言时间"]), category="any", place="any") for n in marked]
    with step("comparing pairs"):
        everything = candidates(said, resemblance=resemblance, at_least=0.0)
    total = Counter(word for text in texts for word in often if word in text)

    def near(one: int, other: int) -> bool:
        return any(total[name] <= max(6, RARE * len(rows)) for name in names[one] & names[other])

    pairs = [
        (pair.similarity, near(pair.earlier.key, pair.later.key), _same(rows, pair), pair)  # type: ignore[arg-type]
        for pair in everything
        if _two_people(rows, pair)
    ]
    figures: dict[str, Any] = {"pairs": len(pairs), "pairs_of_one_topic": sum(same for _, _, same, _ in pairs)}
    figures |= _figures([(alike >= ALIKE and close, same) for alike, close, same, _ in pairs])
    alone = _figures([(alike >= ALIKE, same) for alike, _, same, _ in pairs])
    figures |= {f"{name}_text_alone": value for name, value in alone.items()}
    figures["average_precision_text_alone"] = _average_precision([(alike, same) for alike, _, same, _ in pairs])
    for alike, _, _, pair in [p for p in pairs if not p[2]][:SHOWN]:
        say(f"  wrongly alike ({alike:.2f}): {pair.earlier.words[:30]!r} and {pair.later.words[:30]!r}: {pair.shared}")
    print(json.dumps(figures, ensure_ascii=False))


def _same(rows: list[dict[str, str]], pair) -> bool:
    return rows[pair.earlier.key]["silver_topic"] == rows[pair.later.key]["silver_topic"]


def _two_people(rows: list[dict[str, str]], pair) -> bool:
    one, other = rows[pair.earlier.key].get("留言用户"), rows[pair.later.key].get("留言用户")
    return not one or one != other


def _figures(judged: list[tuple[bool, bool]]) -> dict[str, float]:
    from linli.understand.text.measuring import f1

    right = sum(said and same for said, same in judged)
    precision, recall, both = f1(right, sum(said for said, _ in judged), sum(same for _, same in judged))
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(both, 4)}


def _average_precision(scored: list[tuple[float, bool]]) -> float:
    right, total = 0, 0.0
    for rank, (_, same) in enumerate(sorted(scored, key=lambda s: -s[0]), start=1):
        if same:
            right += 1
            total += right / rank
    return round(total / right, 4) if right else 0.0
