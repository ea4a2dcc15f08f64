"""``linli bench quality pii``: is what identifies people found in free text before it is shown or sent?"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from linli.cli.bench_reading import fail, say, step

Data = Annotated[
    list[Path],
    typer.Option("--data", exists=True, help="files or folders: CLUENER .json, .bmes, tagged addresses .txt"),
]
WRITTEN = 1000
SHOWN = 12


@dataclass(frozen=True)
class Case:
    """``spans`` are (start, end, kind) that must be covered; ``whole`` when the text has no other identifying part."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    source: str
    whole: bool = True


def pii_quality(
    data: Data,
    seed: Annotated[int, typer.Option(help="of the messages written for it")] = 1,
    most: Annotated[int, typer.Option(help="texts of each file at most, drawn by the seed; 0 takes all")] = 0,
) -> None:
    """Recall (every letter and digit of it is covered) and precision (a mark touches one) of names, numbers and addresses.

    Names come from the given files; telephone and identity numbers and addresses from messages written by templates, with
    real addresses where a file of them is given. Places as such ("北京") are no personal data and are not asked for.
    """
    from linli.understand.text import masking

    chance = random.Random(seed)  # noqa: S311
    addresses: list[str] = []
    cases: list[Case] = []
    for file in _files(data):
        found, more = _read(file)
        if most and len(found) > most:
            found = chance.sample(found, most)
        cases += found
        addresses += more
    cases += list(_messages(chance, addresses))
    if not cases:
        fail("none of the files has texts in a known form")
    there, covered, said, right = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    by_source: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    letters = shown_covered = 0
    missed: list[tuple[str, str]] = []
    with step(f"looking through {len(cases):,} texts"):
        for case in cases:
            marks = masking.find(case.text)
            hidden = bytearray(len(case.text))
            for mark in marks:
                hidden[mark.start : mark.end] = b"\1" * (mark.end - mark.start)
            true = bytearray(len(case.text))
            for start, end, kind in case.spans:
                true[start:end] = b"\1" * (end - start)
                there[kind] += 1
                whole = all(hidden[n] for n in range(start, end) if case.text[n].isalnum())
                covered[kind] += whole
                by_source[case.source][0] += whole
                by_source[case.source][1] += 1
                if not whole and (len(missed) < SHOWN or case.source == "template"):
                    missed.append((case.source, case.text[max(0, start - 10) : end + 10]))
            if case.whole:
                for mark in marks:
                    if case.source == "template" or mark.kind == masking.NAME:
                        said[mark.kind] += 1
                        right[mark.kind] += any(true[mark.start : mark.end])
                letters += sum(not t for t in true)
                shown_covered += sum(h and not t for h, t in zip(hidden, true, strict=True))
    figures: dict[str, Any] = {
        "texts": len(cases),
        "asked": there.total(),
        "recall": round(covered.total() / max(1, there.total()), 4),
        "precision": round(right.total() / max(1, said.total()), 4),
        "recall_by_kind": {kind: round(covered[kind] / n, 4) for kind, n in sorted(there.items())},
        "precision_by_kind": {kind: round(right[kind] / n, 4) for kind, n in sorted(said.items())},
        "recall_by_source": {source: round(got / n, 4) for source, (got, n) in sorted(by_source.items())},
        "covered_for_nothing": round(shown_covered / max(1, letters), 4),
    }
    for source, text in missed[:SHOWN] + missed[SHOWN:][-SHOWN:]:
        say(f"  missed ({source}): {text!r}")
    print(json.dumps(figures, ensure_ascii=False))


def _files(given: list[Path]) -> Iterator[Path]:
    for path in given:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix in {".json", ".bmes", ".txt"} and p.is_file())
        else:
            yield path


def _read(file: Path) -> tuple[list[Case], list[str]]:
    """Texts with names, and addresses."""
    if file.suffix == ".json":
        return [_cluener(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines() if line], []
    if file.suffix == ".bmes":
        return list(_bmes(file)), []
    if file.name in {"labels.txt"}:
        return [], []
    return [], _addresses(file)


def _cluener(row: dict[str, Any]) -> Case:
    spans = [(start, end + 1, "name") for places in row["label"].get("name", {}).values() for start, end in places]
    return Case(row["text"], tuple(spans), "cluener")


def _bmes(file: Path) -> Iterator[Case]:
    characters: list[str] = []
    tags: list[str] = []
    for line in [*file.read_text(encoding="utf-8").splitlines(), ""]:
        character, _, tag = line.strip().partition(" ")
        if character:
            characters.append(character)
            tags.append(tag)
        elif characters:
            spans, start = [], 0
            for n, tag in enumerate(tags):
                start = n if tag in {"B-NAME", "S-NAME"} else start
                if tag in {"E-NAME", "S-NAME"}:
                    spans.append((start, n + 1, "name"))
            yield Case("".join(characters), tuple(spans), "resume")
            characters, tags = [], []


def _addresses(file: Path) -> list[str]:
    """Addresses that lead to a home: ending with a building, floor or room, after a street, estate or village."""
    from linli.cli.bench_addresses import read

    found = []
    for tokens, tags in read(file):
        labels = {tag[2:] for tag in tags}
        ends = tags[-1][2:] in {"houseno", "cellno", "floorno", "roomno"}
        if ends and labels & {"road", "poi", "community"} and "redundant" not in labels:
            found.append("".join(tokens))
    return found


def _messages(chance: random.Random, addresses: list[str]) -> Iterator[Case]:
    """Messages as people write them, with invented names, numbers and (given or invented) addresses in known places."""
    for n in range(WRITTEN):
        pieces: list[tuple[str, str]] = []
        for piece in chance.choice(SENTENCES):
            kind = piece[1:-1] if piece.startswith("{") else ""
            text = WRITERS[kind](chance) if kind in WRITERS else piece
            if kind == "address" and addresses and n % 2:
                text = chance.choice(addresses)
            pieces.append((text, kind))
        text, spans = "", []
        for piece, kind in pieces:
            if kind:
                spans.append((len(text), len(text) + len(piece), kind))
            text += piece
        yield Case(text, tuple(spans), "template")


SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英华慧巧美静淑惠珠翠雅芝玉萍红娥玲芬燕彩春菊兰凤洁梅琳素云莲真环雪荣爱妹霞香月莺媛瑞凡佳嘉琼勤珍贞莉桂娣叶璧璐娅琦晶妍茜秋珊莎锦黛青倩婷姣婉娴瑾颖露瑶怡婵雁蓓纨仪荷丹蓉眉君琴蕊薇菁梦岚苑婕馨"


def _name(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.choice(GIVEN) for _ in range(chance.choice((1, 2, 2))))


def _titled(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + chance.choice(("阿姨", "师傅", "大爷", "奶奶", "先生", "女士", "医生", "老师"))


def _phone(chance: random.Random) -> str:
    digits = "1" + chance.choice("3456789") + "".join(chance.choice("0123456789") for _ in range(9))
    form = chance.randrange(6)
    if form == 1:
        return f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    if form == 2:
        return f"{digits[:3]}-{digits[3:7]}-{digits[7:]}"
    if form == 3:
        return "".join(chr(ord(d) + 0xFEE0) for d in digits)
    if form == 4:
        return f"0571-8{digits[4:]}"
    return f"+86{digits}" if form == 5 else digits


def _identity(chance: random.Random) -> str:
    """An invented identity number with a right check digit, in regions that no division has."""
    from linli.foundation.registry.rules.identity import check_character

    number = (
        f"{chance.choice((999901, 999902))}{chance.randint(1930, 2012)}{chance.randint(1, 12):02}"
        f"{chance.randint(1, 28):02}{chance.randint(0, 999):03}"
    )
    return number + check_character(number)


def _address(chance: random.Random) -> str:
    estate = chance.choice(
        ("双菱新村", "采荷人家", "红梅小区", "金色家园", "望江苑", "紫金公寓", "东新园", "大塘巷小区")
    )
    building, entrance, room = (
        chance.randint(1, 60),
        chance.randint(1, 4),
        chance.randint(1, 18) * 100 + chance.randint(1, 4),
    )
    return chance.choice(
        (
            f"{estate}{building}幢{entrance}单元{room}室",
            f"{estate}{building}-{entrance}-{room}",
            f"{estate}{building}号楼{room}",
            f"{estate}{building}栋{entrance}单元{room}",
            f"文三路{building}号{entrance}幢{room}室",
            f"{building}幢{entrance}单元{room}",
        )
    )


WRITERS = {"name": _name, "titled": _titled, "phone": _phone, "identity": _identity, "address": _address}
SENTENCES = (
    ("我叫", "{name}", "，住在", "{address}", "，卫生间漏水三天了，电话", "{phone}", "。"),
    ("{address}", "的", "{titled}", "两天没有开门了，请社区去看一看。"),
    ("联系人：", "{name}", "，身份证号", "{identity}", "，想咨询高龄津贴怎么办理。"),
    ("楼上", "{address}", "半夜拖椅子，说了几次都不听，请打", "{phone}", "联系我。"),
    ("业主", "{name}", "（", "{phone}", "）反映单元门坏了，进不去楼。"),
    ("我是", "{name}", "的女儿，我爸住", "{address}", "，麻烦帮他订午饭。"),
    ("{titled}", "昨天来修过水管，今天又漏了，地址是", "{address}", "，手机", "{phone}", "。"),
    ("请问", "{name}", "的医保卡掉了在哪里补办？身份证", "{identity}", "。"),
    ("垃圾桶满了没有人清运，夏天味道很大，请尽快处理。",),
    ("小区门口的路灯坏了两盏，晚上老人出门看不清楚。",),
    ("电梯今天又停了，三个老人下不了楼，什么时候能修好？",),
)
