"""What work takes: materials, hours and money by kind of matter, who comes from outside, what is looked at. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any


@dataclass(frozen=True)
class Material:
    """``each`` in fen; ``count`` how many, at least and at most."""

    name: str
    unit: str
    each: int
    count: tuple[int, int] = (1, 1)


MATERIALS: Mapping[str, Sequence[Material]] = {
    "lamp": (Material("LED 灯泡", "个", 1850, (1, 2)), Material("灯座", "个", 600, (0, 1))),
    "leak": (Material("防水胶", "支", 2600, (1, 2)), Material("堵漏王", "袋", 1900, (1, 2))),
    "drain": (Material("疏通剂", "瓶", 1500, (1, 2)),),
    "gate": (Material("闭门器", "个", 8800, (0, 1)), Material("门锁电池", "节", 500, (2, 4))),
    "pests": (Material("灭蟑饵剂", "盒", 2400, (2, 5)),),
    "clutter": (Material("清运袋", "个", 150, (2, 8)),),
    "rubbish": (Material("垃圾桶盖", "个", 3200, (0, 1)),),
    "burst": (Material("铜球阀", "个", 3500), Material("PPR 管", "米", 900, (1, 3))),
    "care": (Material("不锈钢扶手", "根", 6800, (0, 1)),),
}
MINUTES: Mapping[str, tuple[int, int]] = {
    "lamp": (25, 60), "leak": (60, 180), "drain": (40, 90), "gate": (30, 80), "pests": (30, 60), "clutter": (30, 120),
    "rubbish": (20, 60), "burst": (60, 150), "care": (30, 90), "noise": (15, 40), "parking": (10, 40), "dog": (15, 30),
    "ebike": (15, 45), "lift_out": (20, 60), "trapped": (20, 60), "door_stuck": (20, 60),
}  # fmt: skip


def spent(kind: str, rng: Random) -> list[dict[str, Any]]:
    """What a worker writes down for a matter of ``kind``: as the case's verb ``spend`` takes it."""
    rows: list[dict[str, Any]] = []
    for material in MATERIALS.get(kind, ()):
        count = rng.randint(*material.count)
        if count:
            rows.append({
                "kind": "material", "name": material.name, "quantity": count, "unit": material.unit,
                "cost_fen": count * material.each,
            })  # fmt: skip
    if kind in MINUTES:
        rows.append({"kind": "work", "name": "现场处理", "minutes": 5 * round(rng.randint(*MINUTES[kind]) / 5)})
    return rows


@dataclass(frozen=True)
class Outside:
    """A unit without an account: ``comes`` for these kinds, is told ``task``, says what it ``did`` and what that costs."""

    key: str
    kind: str
    name: str
    duty: str
    comes: frozenset[str]
    task: str
    did: Sequence[str]
    fen: tuple[int, int]
    numbers: str


UNITS: Sequence[Outside] = (
    Outside(
        "lifts", "contractor", "安捷电梯维保站", "电梯维修、困人救援",
        frozenset({"lift_out", "door_stuck", "worn", "trapped"}), "请派人到场检查电梯，修好后试运行三次，告诉我们原因。",
        ("门机皮带松了，已调紧，试运行三次正常。", "层门锁触点积灰，清理后恢复。", "控制柜继电器老化，换了新的，运行正常。"),
        (12_000, 48_000), "AJ",
    ),
    Outside(
        "plumbers", "contractor", "顺通水电维修队", "管道、下水、渗漏", frozenset({"drain", "leak", "burst"}),
        "请派人到场查看漏水、堵塞的地方，修好后拍照，说明换了什么。",
        ("主管有油垢，机器疏通，放水试过畅通。", "换了一段管子和阀门，打压不漏。", "接头处重新做了防水，闭水试验两小时不渗。"),
        (8_000, 36_000), "ST",
    ),
    Outside("power", "department", "晚河街道城管中队", "违停、占道、噪声", frozenset(), "", (), (0, 0), ""),
)  # fmt: skip

CHECKLISTS: Mapping[str, Sequence[tuple[str, bool]]] = {
    "070200": (
        ("到现场看过，挂了停用牌", True),
        ("通知维保站，记下答复时间", True),
        ("告诉要用电梯的老人怎么办", False),
    ),
    "050500": (("断电以后再换", True), ("换好试三次", True)),
    "050400": (("看过上下两层", True), ("通水试过五分钟", True), ("地面冲干净", False)),
    "100100": (("先打电话，再敲门", True), ("联系过家属或者邻居", True), ("见到人，或者家属说明去向", True)),
}
"""By category: what is looked at, and whether it must be."""

SHORT = (
    "没有回访到本人。",
    "照片只有一张，看不出修好没有。",
    "答复晚了一天，没有说明原因。",
    "记录太简单，没写换了什么。",
)
AGAIN = ("现场又去看过，没有修好，请再办一次。",)

SHOWN: Mapping[str, tuple[str, str]] = {
    "lamp": ("路灯不亮，晚上看不清", "换了灯泡和灯座，附近几盏也一起查过。"),
    "rubbish": ("垃圾没有及时清", "当天清走了，和清运的约好，下午再多来一趟。"),
    "drain": ("下水道堵了", "请人用机器疏通，放水试过，畅通了。"),
    "gate": ("门关不上、门禁失灵", "调好了闭门器，换了电池，门能自己关上。"),
    "clutter": ("楼道堆物", "和住户商量好，一起搬走了，楼道能过轮椅。"),
    "parking": ("消防通道停了车", "车挪走了，地上重新画了线，巡逻多走一趟。"),
    "pests": ("虫子多", "整幢楼统一消杀了一次，两周以后再来。"),
    "ebike": ("电瓶车进楼充电", "劝说过了，车棚多开了四个充电口。"),
    "lift_out": ("电梯停了", "维保站换了坏的零件，试运行三次正常。"),
}
"""Of matters that everybody may read: what it was, and what was done."""
