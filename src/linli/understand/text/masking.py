"""What identifies a person in free text, found and covered before the text is shown or sent anywhere.

Names (lexical analysis at a low threshold, with surnames, forms of address and what introduces a name), telephone numbers,
identity numbers (GB 11643), addresses down to a home, e-mail, bank cards, plates, WeChat and QQ numbers. A missed name harms a
person, a word covered for nothing costs a reader a second: every doubt is covered. Digits are found in whatever way they
are written: full width, with spaces or hyphens, in Chinese numerals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from linli.understand.text.naming import Look, reader

NAME, PHONE, IDENTITY, ADDRESS, CONTACT = "name", "phone", "identity", "address", "contact"
CERTAIN, POSSIBLE, TRACE = 0.1, 0.02, 0.003
"""Of a character being part of a person's name: enough alone, enough beside a certain one, enough after a surname."""

SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞"
    "熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓"
    "郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊惠甄曲家封芮储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇"
    "栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲台从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦"
    "雍却璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东殳沃利"
    "蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公覃涂代肖闫付佟商苟仝晋冼"
) | frozenset(
    ["欧阳", "司马", "上官", "诸葛", "东方", "尉迟", "皇甫", "公孙", "慕容", "令狐", "司徒", "长孙", "宇文", "夏侯", "端木", "南宫", "独孤", "轩辕"]
)  # fmt: skip

_HAN = r"\u4e00-\u9fff"
_SURNAME = "|".join(sorted(map(re.escape, SURNAMES), key=len, reverse=True))
_TITLED = re.compile(
    rf"(?:{_SURNAME})(?:[{_HAN}]{{0,2}}?)(?:某某?|阿姨|大爷|大妈|大伯|大叔|叔叔|奶奶|爷爷|婆婆|先生|女士|小姐|太太|师傅|老师|医生|护士|主任|书记|"
    r"经理|队长|科长|所长|站长|局长|院长|校长|警官|律师|姐|哥|嫂|伯|婶|总(?=[，。,、\s]|$))"
)
_FAMILIAR = re.compile(
    rf"(?<![{_HAN}])(?:老|小|阿)(?:{_SURNAME})(?![{_HAN}])|(?:老|小)(?:{_SURNAME})(?=(?:家|说|叫|让|要|来|去|和|跟|的|，|。|,))"
)
_INTRODUCED = re.compile(
    rf"(?:姓名|联系人|申请人|报修人|投诉人|反映人|业主|户主|房东|租客|租户|本人|户名|收件人|法人代表|法定代表人|身份证名|名叫|叫做|我叫|他叫|她叫|叫)"
    rf"[是为：:\s]{{0,2}}(?P<name>(?:{_SURNAME})[{_HAN}]{{1,2}})(?![{_HAN}]{{0}}[省市区县镇路])"
)
_LATIN_AFTER = re.compile(r"[（(【\[]?[A-Za-z][A-Za-z.’'·\- ]{1,40}")

_DIGIT = r"[0-9０-９〇零一二三四五六七八九]"
_GAP = r"[\s\-—–－_.·]?"
_MOBILE = re.compile(
    rf"(?<![0-9０-９])(?:[+＋]?(?:8|８)(?:6|６){_GAP})?[1１一]{_GAP}[3-9３-９三四五六七八九](?:{_GAP}{_DIGIT}){{9}}(?![0-9０-９])"
)
_LANDLINE = re.compile(r"(?<!\d)(?:\(?0\d{2,3}\)?[\s\-—－]?)?[2-9]\d{6,7}(?:[\s\-转]{1,2}\d{1,5})?(?!\d)")
_IDENTITY = re.compile(
    r"(?<!\d)[1-9]\d{5}\s?(?:18|19|20)\d{2}\s?(?:0\d|1[0-2])\s?(?:[0-2]\d|3[01])\s?\d{3}\s?[\dXx]", re.ASCII
)
_IDENTITY_OLD = re.compile(r"(?<!\d)[1-9]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)", re.ASCII)
_IDENTITY_SPREAD = re.compile(r"(?<!\d)\d(?:[\s\-]?\d){16}[\s\-]?[\dXx](?!\d)", re.ASCII)
_CARD = re.compile(r"(?<!\d)(?:62|4\d|5[1-5])\d{2}(?:[\s\-]?\d{4}){2,3}(?:[\s\-]?\d{1,4})?(?!\d)", re.ASCII)
_MAIL = re.compile(r"[A-Za-z0-9._%+\-]+\s?[@＠]\s?[A-Za-z0-9.\-]+\.[A-Za-z]{2,}")
_ACCOUNT = re.compile(
    r"(?:微信号?|qq号?|wechat|vx|v信|加v)[是为号：:\s]{0,3}([A-Za-z0-9][A-Za-z0-9_\-]{4,19})", re.IGNORECASE
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·\s]?[A-HJ-NP-Z0-9]{5,6}"
)
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])(?:[EeGgDd]\d{8}|[HhMm]\d{8,10})(?![A-Za-z0-9])")

_NUMERAL = r"[0-9０-９一二三四五六七八九十百零〇A-Za-z]"
_PART = rf"{_NUMERAL}{{1,5}}(?:[\-—－#]{_NUMERAL}{{1,5}})*\s?"
_UNIT = r"(?:号楼|号院|号门|楼栋|弄|幢|撞|栋|座|单元|梯|层|楼|室|房|户|号|组|排)"
_HOME = re.compile(
    rf"(?:[{_HAN}A-Za-z0-9０-９]{{2,20}}?(?:路|街|道|巷|弄|里|村|苑|园|庄|坊|城|小区|社区|公寓|花园|新村|家园|大厦|广场|庭|府|湾|居|院|镇|乡|组|区))?"
    rf"{_PART}(?:号楼|幢|撞|栋|座|弄|号院)(?:{_PART}{_UNIT})*(?:{_NUMERAL}{{1,5}}(?:室|号|户)?)?"
    rf"|{_PART}单元\s?(?:{_PART}{_UNIT}?)?"
    rf"|{_PART}(?:室|房号|户)(?!内|外|友)"
    rf"|(?<![0-9\-])[0-9]{{1,3}}[\-—－#][0-9]{{1,2}}[\-—－#][0-9]{{3,4}}(?![0-9\-])"
)
_BUILDING = re.compile(rf"(?<!{_NUMERAL}){_NUMERAL}{{1,5}}\s?(?:号楼|幢|栋)")
_STREET = re.compile(
    rf"[{_HAN}A-Za-z0-9０-９]{{1,12}}?(?:路|街|大道|道|巷|弄|胡同|里|村|社区|新村|组|苑|园|小区|镇|乡|区){_PART}(?:号|弄|组|支弄)(?:之?{_NUMERAL}{{1,4}})?"
)
_COUNTED = r"[年月日号元块米个人名天度万亿克吨次条平点时分秒斤后多户家%]"
_INSIDE = re.compile(
    rf"(?:市场|商贸城|服装城|广场|中心|大厦|大楼|[园城楼区层座期馆幢栋撞])\s?[A-Za-z]?[0-9]{{2,6}}[A-Za-z]?(?:室|号|户)?(?![0-9]|{_COUNTED})"
    rf"|[{_HAN}A-Za-z0-9]{{2,16}}?(?:{_NUMERAL}|负){{1,3}}楼\s?[A-Za-z0-9\-]{{1,6}}|[{_HAN}]{{4,16}}?{_NUMERAL}{{1,3}}楼(?=[，。；,;\s的]|$)"
    rf"|[镇乡村街道]{{1}}[{_HAN}]{{1,8}}?[0-9]{{1,4}}号(?!线)"
)
_ADDRESS_LABEL = re.compile(
    r"(?:家住|住在|住址|地址|居住地|户籍地|住所)[是为在：:\s]{0,3}(?P<where>[^，。；;,\n！？!?]{3,40})"
)

_NUMBERED = re.compile(
    rf"(?<!\d)\d{{3,6}}(?!\d|[年月日元米%人名天度万亿克吨])|{_NUMERAL}{{1,5}}(?:号(?!线)|室|楼|层|幢|栋|排|座|弄)"
)
_COVERED = "*"

PLACE_TAGS = frozenset({"LOC", "ORG", "nz", "m", "q"})
BEFORE_TAGS = frozenset({"n", "s", "f", "nw", "PER", "a", "xc", "vn"})
LONGEST_WORD = 14
UNITS = frozenset({"单元", "室", "号", "楼", "层", "幢", "栋", "座", "户", "房"})


@dataclass(frozen=True)
class Mark:
    """``text[start:end]`` identifies somebody, of ``kind``."""

    start: int
    end: int
    kind: str


def find(text: str) -> list[Mark]:
    """What identifies somebody, in order and without overlap; ends never stand inside a mark's neighbour."""
    marks: list[Mark] = []
    for kind, patterns in (
        (IDENTITY, (_IDENTITY, _IDENTITY_OLD, _IDENTITY_SPREAD, _PASSPORT)),
        (PHONE, (_MOBILE, _LANDLINE)),
        (CONTACT, (_CARD, _MAIL, _PLATE)),
        (ADDRESS, (_HOME, _STREET, _INSIDE)),
        (NAME, (_FAMILIAR,)),
    ):
        marks += [Mark(m.start(), m.end(), kind) for p in patterns for m in p.finditer(_plain(text))]
    marks += [Mark(m.start(1), m.end(1), CONTACT) for m in _ACCOUNT.finditer(_plain(text))]
    marks += [Mark(m.start("where"), m.end("where"), ADDRESS) for m in _ADDRESS_LABEL.finditer(text)]
    marks += [Mark(m.start("name"), m.end("name"), NAME) for m in _INTRODUCED.finditer(text)]
    if text.strip():
        look = reader().look(text)
        marks = [_whole_address(text, mark, look) if mark.kind == ADDRESS else mark for mark in marks]
        marks += [*_numbered_places(text, look), *_names(text, look.person_chances)]
    return _closed(text, _joined(marks))


def mask(text: str, *, estates: Collection[str] = ()) -> str:
    """The text with every identifying part covered: of a name its first character stays, of a number nothing.

    With ``estates``, for who must judge where something is: of an address the names of these estates and the number of the
    building stay, entrance, floor and door do not. The result has as many characters as the text.
    """
    out = list(text)
    for mark in find(text):
        keep = 1 if mark.kind == NAME and mark.end - mark.start > 1 and text[mark.start] in SURNAMES else 0
        stays = _to_the_building(text, mark, estates) if mark.kind == ADDRESS and estates else frozenset()
        for at in range(mark.start + keep, mark.end):
            out[at] = out[at] if out[at].isspace() or at in stays else _COVERED
    return "".join(out)


def _to_the_building(text: str, mark: Mark, estates: Collection[str]) -> frozenset[int]:
    """Places of the characters of an address that tell a building and no home."""
    said = text[mark.start : mark.end]
    found = [m for name in estates if name for m in re.finditer(re.escape(name), said)]
    found += list(_BUILDING.finditer(_plain(said)))
    return frozenset(mark.start + at for m in found for at in range(m.start(), m.end()))


def cover_numbers(text: str) -> str:
    """Telephone, identity, card and account numbers, plates and mail addresses covered, by their shape alone: cheap enough
    for lists. Names and addresses stay. The result has as many characters as the text."""
    plain, out = _plain(text), list(text)
    for pattern in (_IDENTITY, _IDENTITY_OLD, _IDENTITY_SPREAD, _PASSPORT, _MOBILE, _LANDLINE, _CARD, _MAIL, _PLATE):
        for match in pattern.finditer(plain):
            out[match.start() : match.end()] = _COVERED * (match.end() - match.start())
    for match in _ACCOUNT.finditer(plain):
        out[match.start(1) : match.end(1)] = _COVERED * (match.end(1) - match.start(1))
    return "".join(out)


def _whole_address(text: str, core: Mark, look: Look) -> Mark:
    """The address around its number: words of places before it, numbers and words of places after it.

    Before it also common nouns, of which estates and villages are made; after it not, so that what happened there stays.
    """
    start, end = core.start, core.end
    for begin, stop, tag in reversed(look.words):
        if (begin < start <= stop and tag in PLACE_TAGS | BEFORE_TAGS and start - begin <= LONGEST_WORD) or (
            stop == start and _links(text[begin:stop])
        ):
            start = begin
    for begin, stop, tag in look.words:
        if (begin <= end < stop and begin < end and tag in PLACE_TAGS) or (
            begin == end and (tag in PLACE_TAGS or _links(text[begin:stop]) or text[begin:stop] in UNITS)
        ):
            end = stop
    while end > core.end and _links(text[end - 1]):
        end -= 1
    while start < core.start and _links(text[start]):
        start += 1
    return Mark(start, end, ADDRESS)


def _numbered_places(text: str, look: Look) -> list[Mark]:
    """A place followed by a number of two digits or a counted floor, row or house: 商贸城四区七楼41167."""
    marks, run = [], []
    for word in [*look.words, (len(text), len(text), "end")]:
        begin, stop, tag = word
        if tag in PLACE_TAGS or (run and (text[begin:stop] in UNITS or _links(text[begin:stop]) or tag in {"f", "s"})):
            run.append(word)
            continue
        if run:
            whole = text[run[0][0] : run[-1][1]]
            if any(t == "LOC" or t == "ORG" for _, _, t in run) and _NUMBERED.search(whole):
                marks.append(_whole_address(text, Mark(run[0][0], run[-1][1], ADDRESS), look))
        run = []
    return marks


def _closed(text: str, marks: list[Mark]) -> list[Mark]:
    """A character or two left open between a mark and the address behind it is part of that address."""
    closed: list[Mark] = []
    for mark in marks:
        if closed and mark.kind == ADDRESS and 0 < mark.start - closed[-1].end <= 2:
            between = text[closed[-1].end : mark.start]
            if all(c.isalnum() or _links(c) for c in between) and between not in {"的", "在", "住", "到", "和", "与"}:
                closed[-1] = Mark(closed[-1].start, mark.end, ADDRESS)
                continue
        closed.append(mark)
    return closed


def _links(text: str) -> bool:
    return bool(text) and all(c in "-－—－–_#/·() （）" for c in text)


def _names(text: str, chance: np.ndarray) -> list[Mark]:
    """Persons by the reader: certain characters with the likely ones beside them, and surnames that lead to a trace."""
    marks = [
        Mark(m.start(), m.end(), NAME) for m in _TITLED.finditer(text) if chance[m.start() : m.end()].max() >= POSSIBLE
    ]
    n = 0
    while n < len(text):
        if chance[n] < CERTAIN:
            n += 1
            continue
        start, end = n, n + 1
        while start > 0 and (chance[start - 1] >= POSSIBLE or _binds(text, start - 1)):
            start -= 1
        while end < len(text) and (chance[end] >= TRACE * 5 or _binds(text, end)):
            end += 1
        if after := _LATIN_AFTER.match(text, end):
            end = after.end()
        marks.append(Mark(start, end, NAME))
        n = end
    for at, character in enumerate(text):
        if character in SURNAMES and chance[at] >= TRACE:
            long = at + 1
            while long < min(len(text), at + 3) and chance[long] >= TRACE and "\u4e00" <= text[long] <= "\u9fff":
                long += 1
            if long > at + 1 and max(chance[at:long]) >= POSSIBLE:
                marks.append(Mark(at, long, NAME))
    return marks


def _binds(text: str, at: int) -> bool:
    """A dot or hyphen inside a foreign name."""
    return text[at] in "·•・-" and 0 < at < len(text) - 1 and text[at - 1].isalpha() and text[at + 1].isalpha()


def _plain(text: str) -> str:
    """Full-width digits and letters as ordinary ones, character by character, so that places stay the same."""
    return "".join(narrow if len(narrow := unicodedata.normalize("NFKC", c)) == 1 else c for c in text)


def _joined(marks: Iterable[Mark]) -> list[Mark]:
    """Overlapping marks as one, of the kind that came first in the order of importance."""
    rank = {IDENTITY: 0, PHONE: 1, CONTACT: 2, ADDRESS: 3, NAME: 4}
    found: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (mark.start, -mark.end)):
        if found and mark.start < found[-1].end:
            last = found[-1]
            kind = min(last.kind, mark.kind, key=lambda kind: rank[kind])
            found[-1] = Mark(last.start, max(last.end, mark.end), kind)
        else:
            found.append(mark)
    return found
