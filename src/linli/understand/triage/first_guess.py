"""A first, open guess of what a request is about and how urgent it is, from plain words.

Each category lists words that name it; the category whose words cover most of the text wins, the words that led
there are the evidence, and a person may always choose another. What no word names is 其他 and 一般: nothing is
hidden by a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from linli.sense.requests.rules.danger import find_danger
from linli.understand.text.dialect import in_standard_words
from linli.understand.triage.taxonomy import OTHER

NAMES: dict[str, tuple[str, ...]] = {
    "010100": ("陌生人", "尾随", "可疑"),
    "010200": ("高空抛物", "抛物", "坠物", "掉下来", "往下扔"),
    "010300": ("墙皮", "外墙", "瓷砖脱落", "裂缝", "危房", "倒塌", "坍塌", "塌了"),
    "010400": ("煤气", "天然气", "燃气", "液化气"),
    "010500": ("打架", "打人", "持刀"),
    "020100": ("消防通道", "安全出口", "逃生通道"),
    "020200": (
        "飞线",
        "拉电线充电",
        "电动车上楼",
        "电瓶车上楼",
        "电动车推上",
        "电动车推进",
        "电动车进电梯",
        "电瓶",
        "楼道充电",
        "楼里充电",
        "楼内充电",
        "家里充电",
        "室内充电",
        "充电过夜",
    ),
    "020300": ("灭火器", "消防栓", "消火栓", "烟感", "应急灯"),
    "020400": ("着火", "起火", "冒烟", "火灾", "烧起来", "爆炸"),
    "020500": ("充电桩", "充电棚"),
    "030100": ("邻居吵", "邻里矛盾", "邻居矛盾", "邻里纠纷"),
    "030200": ("家庭矛盾", "夫妻", "婆媳", "赡养"),
    "030300": ("物业纠纷", "和物业吵"),
    "030400": ("反对加装", "不同意装电梯", "加装电梯纠纷", "挡光"),
    "040100": ("垃圾", "桶满", "清运", "分类"),
    "040200": ("楼道脏", "打扫", "保洁", "卫生差", "没人扫"),
    "040300": ("绿化", "树枝", "大树", "草坪", "修剪"),
    "040400": ("老鼠", "蟑螂", "蚊子", "白蚁"),
    "040500": ("油烟", "臭味", "异味", "难闻"),
    "040600": ("堆杂物", "堆物", "楼道堆", "杂物"),
    "050100": ("停水", "没水", "没有水", "水压", "水管", "爆管", "自来水", "水龙头"),
    "050200": ("停电", "没电", "跳闸", "电线", "电表", "配电"),
    "050300": ("渗水", "漏水", "滴水", "漏雨", "屋顶漏", "渗漏"),
    "050400": ("下水道", "污水", "堵了", "堵塞", "粪水", "反水", "窨井溢", "化粪池"),
    "050500": ("路灯", "楼道灯", "灯不亮", "灯坏", "声控灯", "灯也不亮"),
    "050600": ("门禁", "单元门", "大门", "闸机", "对讲"),
    "050700": ("井盖", "路面", "坑洼", "台阶", "地砖", "扶手"),
    "050800": ("健身器材", "健身器", "座椅", "长椅", "秋千", "滑梯"),
    "050900": ("网络", "宽带", "信号", "光纤"),
    "060100": ("物业不管", "物业态度", "物业不作为", "找物业"),
    "060200": ("物业费", "收费不", "公共收益", "账目"),
    "060300": ("维修资金", "维修基金"),
    "060400": ("保安", "巡逻", "门岗"),
    "070100": ("困在电梯", "电梯困人", "关在电梯", "被困电梯"),
    "070200": ("电梯坏", "电梯停", "电梯故障", "电梯不动", "电梯又坏", "电梯不能"),
    "070300": ("电梯异响", "电梯抖", "电梯响", "电梯晃"),
    "070400": ("加装电梯", "装电梯", "加梯", "电梯更新"),
    "070500": ("乘梯", "电梯卡", "电梯收费", "坐电梯"),
    "080100": ("乱停", "违停", "堵住", "占车位", "挡道", "停车乱"),
    "080200": ("车位", "停车费", "停车难"),
    "080300": ("红绿灯", "限速", "堵车", "减速带"),
    "080400": ("共享单车", "自行车", "电动车", "电瓶车"),
    "090100": ("违建", "违章建筑", "搭建", "私搭", "阳光房"),
    "090200": ("占用公共", "圈地", "种菜", "占了楼道", "占绿"),
    "090300": ("占道", "摆摊", "流动摊"),
    "090400": ("承重墙", "敲墙", "违规装修"),
    "100100": ("联系不上老人", "老人没人应", "敲门没人应", "老人没开门", "好几天没见", "不接电话"),
    "100200": ("食堂", "送餐", "老年餐", "助餐", "吃饭"),
    "100300": ("陪诊", "护理", "上门照顾", "助浴", "照护", "轮椅"),
    "100400": ("适老化", "防滑", "装扶手"),
    "100500": ("高龄津贴", "养老补贴", "尊老金", "津贴"),
    "110100": ("托育", "托班", "幼儿园", "看孩子"),
    "110200": ("小孩危险", "孩子走失", "孩子独自"),
    "110300": ("家暴", "打老婆"),
    "120100": ("配药", "看病", "挂号", "卫生站", "家庭医生", "量血压"),
    "120200": ("疫苗", "消毒", "流感"),
    "120300": ("昏倒", "晕倒", "中风", "摔倒", "摔了"),
    "140100": ("找工作", "招聘", "就业", "失业"),
    "140200": ("社保", "医保", "养老金", "退休"),
    "140300": ("低保", "救助", "困难补助"),
    "150100": ("装修声", "装修噪", "电钻", "装修吵"),
    "150200": ("广场舞", "音响", "喇叭", "唱歌"),
    "150300": ("楼上吵", "噪音", "噪声", "太吵", "很吵", "吵得"),
    "150400": ("施工", "工地"),
    "160100": ("不牵绳", "没牵绳", "狗咬", "咬人", "恶犬"),
    "160200": ("狗屎", "狗粪", "猫屎", "狗大便"),
    "160300": ("流浪猫", "流浪狗", "野猫", "野狗"),
    "160400": ("狗叫", "养狗", "犬吠"),
    "170100": ("诈骗", "骗子", "被骗", "骗钱"),
    "170200": ("保健品", "推销", "发鸡蛋", "免费领"),
    "170300": ("退款", "缺斤少两", "消费"),
    "180100": ("积水", "内涝", "水淹", "进水"),
    "180200": ("台风", "大风", "刮倒"),
    "180300": ("结冰", "积雪", "路滑结冰"),
    "190100": ("政策", "怎么补贴", "补贴怎么", "什么条件", "符合条件"),
    "190200": ("怎么办理", "怎么办", "怎么申请", "去哪里", "需要什么材料", "咨询", "请问", "几点", "什么时候"),
    "190300": ("建议", "希望能", "能不能增加", "最好能"),
    "190400": ("活动室", "场地", "报名", "活动"),
    "200000": ("表扬", "感谢", "谢谢", "点赞", "锦旗"),
}

LEVELS: dict[str, str] = {
    "010200": "P1", "020100": "P1", "020200": "P1", "050200": "P1", "070200": "P1", "100100": "P0", "110200": "P1",
    "110300": "P1", "120300": "P1", "160100": "P1", "180100": "P1", "170100": "P1",
    "010300": "P3", "030400": "P3", "060300": "P3", "090100": "P3", "090200": "P3", "070400": "P4", "100400": "P4",
    "190100": "Q", "190200": "Q", "190300": "Q", "190400": "Q", "200000": "Q", "140100": "Q", "140200": "Q",
}  # fmt: skip
"""Usual level of a category where it is not P2 (examples of ``domain.md`` §2.2)."""

HARM = re.compile(
    r"爆管|水管爆|水漫|漫出来|喷水|全楼.{0,4}(停|没)|整幢.{0,4}(停|没)|整栋.{0,4}(停|没)|污水.{0,4}(溢|冒|倒灌)|没水|停水|停电|漏电"
)
"""Loss of a basic service or spreading harm: 紧急 whatever the category."""

ROOF = re.compile(r"屋顶.{0,4}漏|楼顶.{0,4}漏|顶楼.{0,4}漏")

COURTESY = re.compile(
    r"(?:谢谢|感谢)(?=(?:您|你|各位|大家|了|啦|领导|政府|百忙|关注|理解|支持|阅读|[，。！!,.~\s]|$))|(?<=[，。！!；\s])(?:多谢|非常感谢|万分感谢|谢谢|感谢|不胜感谢)"
)
"""Thanks that end a complaint or ask for something: no praise."""

ASKING = ("1901", "1902")
"""One may ask about anything ("灯坏了，什么时候修好"): a thing that is named too wins over the asking."""

QUESTION = re.compile(r"怎么|如何|请问|哪里|什么|吗[？?]?$|[？?]$")

LIFE: dict[str, str] = {
    "trapped": "070100", "gas": "010400", "fire": "020400", "suicide": "010000", "collapse": "010300",
    "injury": "120300", "violence": "010500",
}  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """``category`` is a code of the taxonomy, ``level`` P0–P4 or Q, ``evidence`` the words of the text that led there.

    ``torn`` is another category that is named as plainly, ``haste`` what made it urgent; empty where there is none.
    """

    category: str
    level: str
    evidence: tuple[str, ...]
    torn: str = ""
    haste: str = ""


def guess(words: str, more: Mapping[str, tuple[str, ...]] | None = None) -> Guess:
    """Category and level of a request; 其他 and P2 when nothing in it is known. Dialect is read where the words as they
    stand say nothing; the evidence is always words of the speaker. ``more`` names a community's own categories."""
    names = {**NAMES, **more} if more else NAMES
    found = _guess(words, names)
    if found.category != OTHER or found.haste:
        return found
    plain = in_standard_words(words)
    again = _guess(plain.text, names) if plain.text != words else found
    if again.level == "P0":
        return found
    return replace(
        again, evidence=tuple(plain.as_said(word) for word in again.evidence), haste=plain.as_said(again.haste)
    )


def _guess(words: str, names: Mapping[str, tuple[str, ...]]) -> Guess:
    danger = find_danger(words)
    if danger is not None:
        code = LIFE[danger.sign]
        if danger.sign == "trapped" and "梯" not in words and "lift" not in words.lower():
            code = "010000"
        return Guess(code, "P0", (danger.word,))

    code, evidence, torn = _best_named(words, names)
    harm = HARM.search(words)
    if harm and code[:2] not in {"19", "20"}:
        return Guess(code, "P1", tuple(dict.fromkeys((*evidence, harm.group()))), torn, harm.group())
    if roof := ROOF.search(words):
        return Guess("050300", "P3", (roof.group(),))
    level = LEVELS.get(code, "P2")
    if level in {"P3", "P4"} and QUESTION.search(words):
        level = "Q"
    return Guess(code, level, evidence, torn)


def _best_named(words: str, names: Mapping[str, tuple[str, ...]]) -> tuple[str, tuple[str, ...], str]:
    meant = COURTESY.sub("", words)
    found = {code: tuple(name for name in of_code if name in meant) for code, of_code in names.items()}

    def worth(code: str) -> tuple[bool, int]:
        return bool(found[code]) and not code.startswith(ASKING), sum(map(len, found[code]))

    first, second = sorted(found, key=lambda code: (*worth(code), -int(code)), reverse=True)[:2]
    if not found[first]:
        return OTHER, (), ""
    return first, found[first], second if worth(second) == worth(first) else ""
