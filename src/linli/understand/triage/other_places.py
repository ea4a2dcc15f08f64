"""Names of places in a text that are none of ours: other towns, districts, streets, estates, buildings with a name.

A building number stands in every estate of the country. So a place that is named and is not ours speaks against a
building of ours, even where nothing else does. Read from the ends of names (小区, 路, 镇, 大厦 …) and from what stands
right before the number; words that people use for their own place (我们小区, 老小区, 附近的路) are no names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_ENDS = (
    "小区|社区|新村|新区|公寓|花园|家园|山庄|别墅|广场|大厦|大楼|商厦|名城|新城|国际城|世纪城|宿舍|家属院|职工楼|产业园|工业园|科技园|学院|大学|中学|小学|"
    "医院|酒店|宾馆|市场|商居|大道|街道|街|路|巷|弄|胡同|苑|城|(?<!政)府|湾|郡|庭|邸|墅|轩|阁|园|居|岸|坊|村|镇|乡|县|区|市|州"
)
_NAME = re.compile(
    rf"(?P<name>[\u4e00-\u9fffa-z0-9]{{1,8}}?)(?P<end>{_ENDS})(?!舞|大门|[\u4e00-\u9fff]?(?:灯|面|口|边|人|民|里人|长))",
    re.IGNORECASE,
)
_RUN = re.compile(r"[\u4e00-\u9fffa-z0-9]+", re.IGNORECASE)
_CODE = re.compile(r"[a-z][0-9]{0,2}(?:市|区|县|镇|乡)", re.IGNORECASE)
"""Towns whose name was taken out before the text was passed on: A市, A3区."""
_AROUND = re.compile(r"(?:路|街|巷|弄|道|胡同|村|镇|乡|县|区|市|州)$")
_NO_NAME = frozenset([
    "起", "请", "看", "说", "叫", "找", "问", "查", "救", "爱", "小", "社", "地", "城", "校", "花", "公", "乐", "超", "门", "上", "下", "本", "该", "我", "你", "他", "她", "它",
    "这", "那", "各", "每", "某", "全", "整", "老", "旧", "新", "大", "两", "几", "多", "一", "农", "乡", "进", "出",
    "在", "到", "从", "回", "去", "来", "的", "是", "和", "与", "及", "了", "等", "道", "马", "电", "线", "思", "水",
    "管", "网", "铁", "高", "走", "修", "通", "过", "沿", "临", "靠", "邻", "定", "移", "入", "迁", "居", "政", "都",
    "住", "宅", "物", "业", "主", "县", "镇", "村", "市", "区", "州", "里", "中", "内", "外", "前", "后", "东", "南",
    "西", "北", "有", "没", "无", "被", "把", "会", "要", "为", "对", "向", "由", "让", "给", "用", "第", "期", "号",
    "栋", "幢", "层", "楼", "个", "条", "家", "分", "部", "片", "名", "些", "景", "山", "开", "发", "居民", "住宅",
    "商", "厂", "库", "车", "停车", "休闲", "活动", "菜", "农贸", "集贸", "超级", "步行", "商业", "工业", "老旧",
    "周边", "附近", "隔壁", "对面", "旁边", "我们", "你们", "他们", "咱们", "本人", "整个", "各个", "这个", "那个",
    "每个", "某个", "其他", "其它", "别的", "同一", "所有", "全部", "很多", "许多", "不少", "一些", "有些", "几个",
    "两个", "一个", "多个", "封闭", "开放", "开放式", "封闭式", "文明", "和谐", "智慧", "美丽", "平安", "高档",
    "普通", "新建", "全市", "全区", "全县", "住在", "家住", "位于", "来到", "经过", "通过", "生活", "办公", "教学",
    "号楼", "消防", "安全", "逃生", "盲", "单元", "门口", "楼下", "楼上", "小区", "社区", "物业", "业主", "居委会",
    "城市", "省", "教师", "职工", "学生", "员工", "单身", "幼儿", "公安", "行政", "实验", "人民", "中心", "卫生",
    "附属", "市政", "宿舍", "安置", "廉租", "公租", "保障", "回迁", "拆迁", "城中", "乡镇", "希望", "请", "请求",
    "反映", "投诉", "举报", "关于", "咨询", "建议", "尊敬", "领导", "您好", "你好", "因为", "由于",
])  # fmt: skip
"""People say them of their own place or of none."""
_NO_PART_OF_A_NAME = frozenset({"r", "p", "c", "uj", "ul", "u", "d", "q", "y", "f", "t"})
_ROADS = frozenset({"路", "街", "大道", "巷"})
"""Many are called by a verb: 解放路, 建设街."""
_HOUSE = re.compile(r"[0-9]{1,4}(?:号|弄|支弄)[\s_\-]?$")
"""A house of a road, as in 119号6号楼: no estate of the register stands there unless its name is said too."""
_NEAR = 8
_TELLS = frozenset({"n", "nz", "ns", "nr", "nt", "nrt", "s", "eng", "vn", "m", "j", "i", "l", "z", "zg"})
_ORDINARY = re.compile(
    r"(?:路灯|楼道灯?|电梯|灯|水管|下水道|垃圾桶?|门禁|单元门|门口|大门|楼下|楼上|隔壁|对面|旁边|附近|小区|社区|物业|业主|居民|同志|师傅|书记|阿姨|邻居|老人|小孩|今天|昨天|昨晚|晚上|"
    r"早上|上午|下午|现在|刚才|最近|家里|地址|位置|楼号|号|期|区|东|南|西|北|前|后|里|内|外|边|上|下|急|事|问题|情况|天|年|月|日|周)$"
)
"""What may stand before a number without being a name."""


@dataclass(frozen=True)
class Other:
    """``text[start:end]`` names a place that is none of ours; ``name`` is the part of it that says so."""

    start: int
    end: int
    name: str

    @property
    def around(self) -> bool:
        """A road or a district: an estate of ours may stand in it."""
        return bool(_AROUND.search(self.name))


def other_places(text: str, ours: Collection[str]) -> Iterator[Other]:
    """Names with an end that tells a place, in the order of the text. ``ours`` are estates, the community, its street, in full."""
    for run in _RUN.finditer(text):
        for match in _NAME.finditer(run.group()):
            start, end = run.start() + match.start(), run.start() + match.end()
            if _CODE.fullmatch(text, max(start, end - 4), end) or _CODE.search(match.group()):
                yield Other(start, end, match.group())
                continue
            name = _proper(match["name"], match["end"])
            if name and not any(_same(name, match["end"], our) for our in ours):
                yield Other(end - len(name) - len(match["end"]), end, name + match["end"])


def unknown_before(text: str, start: int, ours: Collection[str]) -> str:
    """The house of a road or the noun right before ``text[start:]`` that may be the name of an estate, ``""`` when there is none or it is ours."""
    import rjieba

    if house := _HOUSE.search(text[max(0, start - _NEAR) : start]):
        return house.group()
    before = text[max(0, start - _NEAR) : start].rstrip("第新老 ")
    run = re.search(r"[\u4e00-\u9fffa-z0-9·]+$", before, re.IGNORECASE)
    if run is None or _ORDINARY.search(run.group()) or any(run.group().endswith(_short(our)) for our in ours):
        return ""
    word, tag = rjieba.tag(run.group())[-1]
    return word if tag in _TELLS and word not in _NO_NAME and (len(word) > 1 or tag == "eng") else ""


def _proper(prefix: str, end: str) -> str:
    """What is left of ``prefix`` when the words before a name are taken away: ``我住在杜鹃`` → ``杜鹃``."""
    import rjieba

    kept: list[str] = []
    for word, tag in rjieba.tag(prefix):
        verb = tag == "v" and not kept and len(word) > 1 and end not in _ROADS and rjieba.has_word(word)
        if word in _NO_NAME or verb or tag in _NO_PART_OF_A_NAME:
            kept = []
        elif tag == "m" and not kept:
            continue
        else:
            kept.append(word)
    name = "".join(kept)
    return name if len(name) > 1 or re.fullmatch(r"[a-z][0-9]*", name, re.IGNORECASE) else ""


def _same(name: str, end: str, our: str) -> bool:
    """Whether ``name`` + ``end`` is how people may call ``our`` place: its name is in it, or it is the end of its name."""
    return our in name + end or (name + end) in our or (end in {"小区", "社区", "新村"} and name.endswith(_short(our)))


def _short(our: str) -> str:
    return re.sub(r"(小区|社区|新村|公寓|花园|家园|苑|里|村|街道)$", "", our) or our
