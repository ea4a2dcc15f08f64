"""What the demo's own people have asked for in the past three weeks, and how far each matter is. Pure.

A visitor who enters as one of them finds pages that are lived in: something done and praised, something that waits for
a word, something in work. ``docs/simulator.md`` says that it is a script.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """``hours`` after the words were said; ``by``: desk, grid (the demo's grid worker) or self (who said it)."""

    hours: float
    verb: str
    by: str = "grid"
    given: dict[str, Any] = field(default_factory=dict)
    picture: str = ""


@dataclass(frozen=True)
class Matter:
    """``who``: resident, elder, daughter or neighbour; said ``days`` before the demo's first morning at ``hour`` local."""

    key: str
    who: str
    days: int
    hour: float
    words: str
    steps: tuple[Step, ...]
    picture: str = ""


def _received(contact: str, *, soon: float) -> tuple[Step, ...]:
    return (
        Step(soon, "accept", "desk"),
        Step(soon + 0.1, "take"),
        Step(soon + 0.3, "contact", given={"text": contact}),
    )


def _done(hours: float, result: str, picture: str = "") -> Step:
    return Step(hours, "feed_back", given={"outcome": "fixed", "result": result}, picture=picture)


def _rated(hours: float, reason: str) -> Step:
    return Step(hours, "rate", "self", {"solved": True, "satisfaction": 5, "reason": reason})


MATTERS: tuple[Matter, ...] = (
    Matter(
        "corridor-lamp", "resident", 15, 19.2, "三楼楼道的灯不亮了，晚上上下楼看不清。", (
            *_received("已打电话，明天上午带灯头和灯泡过来。", soon=13.6),
            Step(15.5, "start"),
            Step(15.6, "note", given={"text": "到了现场，是灯头坏了，正在换。", "public": True}, picture="lamp_dark"),
            _done(16.5, "灯头和灯泡都换了新的，声控试过三次都亮。", "lamp_lit"),
            _rated(24.5, "修得很快，谢谢。"),
        ), "lamp_dark",
    ),
    Matter(
        "entrance-door", "resident", 2, 8.7, "单元门关不上，夜里一直开着，不放心。", (
            *_received("已联系，下午请锁匠一起来看。", soon=0.6),
            Step(5.5, "start"),
            _done(7.0, "闭门器松了，已经调好，门能自己关上。请您试一试。", "door_shut"),
        ), "door_open",
    ),
    Matter(
        "bathroom-ceiling", "resident", 0, 7.0, "卫生间天花板在滴水，好像是楼上漏下来的。", (
            *_received("已电话联系，马上上门看。", soon=0.3),
            Step(0.9, "start"),
            Step(1.0, "note", given={"text": "看过了，水从楼上地漏边渗下来，正在和楼上约时间检修。", "public": True}, picture="ceiling_drips"),
        ), "ceiling_drips",
    ),
    Matter(
        "canteen-sunday", "elder", 9, 9.4, "请问老年食堂星期天开不开门？", (
            *_received("已打电话答复。", soon=0.2),
            Step(0.55, "start"),
            _done(0.6, "开的，星期天中午十点半到十二点半，要提前一天登记。"),
            _rated(3.0, "讲得清楚。"),
        ),
    ),
    Matter(
        "kitchen-tap", "elder", 1, 9.8, "厨房水龙头关不紧，一直滴滴答答。", (
            *_received("已和老人通话，中午前上门。", soon=0.3),
            Step(1.2, "start"),
            _done(2.0, "换了新的阀芯，关紧后看了十分钟，不滴了。"),
        ),
    ),
    Matter(
        "broken-step", "daughter", 12, 20.1, "我爸楼下单元门口的台阶碎了一块，他拄拐杖走不稳。", (
            *_received("已和女儿通话，明天先围起来再补。", soon=12.6),
            Step(14.0, "start"),
            _done(19.0, "台阶已经用水泥补平，干透前放了警示牌，今天早上撤掉。"),
            _rated(36.0, "爸爸说走着稳当了。"),
        ),
    ),
    Matter(
        "bathroom-rail", "daughter", 0, 7.4, "想给我爸家卫生间装个扶手，他起身要扶墙。",
        _received("已和女儿通话，约好时间上门量尺寸。", soon=0.4),
    ),
    Matter(
        "boxes", "neighbour", 0, 7.9, "二楼楼道里堆了好几个纸箱，老人走路要侧着身子。",
        (Step(0.2, "accept", "desk"),),
    ),
    Matter(
        "street-lamp", "neighbour", 0, 8.0, "楼下那盏路灯一闪一闪的，昨晚看着要灭了。",
        (Step(0.2, "accept", "desk"),),
    ),
)  # fmt: skip
