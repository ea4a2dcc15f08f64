"""What residents write: a small grammar in everyday Chinese with local colour, haste and slips of the finger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

_SUBJECTS: dict[str, tuple[str, ...]] = {
    "trapped": (
        "电梯停在半当中，里面有人被困在电梯里",
        "有人困在电梯里了，里面在敲门",
        "电梯卡住了，有人关在电梯里出不来",
        "电梯里面有人喊救命，被困电梯了",
        "我困在电梯里了，门打不开",
    ),
    "fall": (
        "隔壁老人一天没见出来，敲门没人应",
        "对门的老人家好像没动静，联系不上老人",
        "楼下独居的老人电话没人接，门也敲不开，有点担心",
        "隔壁老人家里灯一直没亮，敲门没人应，会不会摔倒了",
    ),
    "smoke": ("楼里有户人家在冒烟", "闻到焦味，窗户里冒烟了", "楼道里都是烟，不晓得哪家着火了"),
    "burst": (
        "家里水管爆了，水漫出来了",
        "楼上水管爆了，水往下哗哗流",
        "厨房水管爆管，关不牢，快来人",
        "墙里水管裂了，地上全是水",
    ),
    "gas": ("厨房里闻到煤气味", "楼道里有煤气味，不晓得谁家漏气", "家里燃气报警器一直叫"),
    "sos": ("隔壁老人在喊人，门敲不开", "楼上老人好像摔倒了，在叫", "对门老人家有求救的声音"),
    "bathroom": ("隔壁老人半天没出来，敲门没人应", "楼下老人家水声一直没停，敲门不应", "对门老人联系不上，家里没声音"),
    "night_walk": ("楼上老人半夜在楼道里走", "隔壁老人夜里敲我家的门", "老人半夜一个人在外面走"),
    "door_stuck": ("电梯门关不上，一直开着", "电梯门开着不走，按关门没用", "电梯门卡住了，上不去"),
    "ebike_in_lift": ("有人把电瓶车推进电梯", "电瓶车又进电梯了，太危险", "电梯里有人推电瓶车上楼"),
    "crowd": ("大门口挤了好多人，走不过去", "门口摆摊围了一大群人", "大门那里人太多，老人过不去"),
    "lamp": (
        "路灯不亮了，晚上黑漆漆",
        "楼下那盏路灯坏了好几天",
        "单元门口灯坏了，老人晚上出门不方便",
        "楼道灯不亮，走楼梯要摸黑",
    ),
    "rubbish": (
        "垃圾桶满了没人收",
        "垃圾堆在外面，味道很大",
        "垃圾房好几天没清运了",
        "有人把装修垃圾倒在路边",
    ),
    "noise": (
        "楼上吵得睡不着",
        "隔壁装修电钻从早响到晚",
        "广场舞音响太响了",
        "楼上小孩跑来跑去，太吵",
        "半夜里有人放音乐，噪音很大",
    ),
    "parking": (
        "车子乱停，把路堵住了",
        "消防通道又被车堵牢了",
        "有人占车位，地锁也装上了",
        "门口违停，轮椅过不去",
    ),
    "leak": (
        "屋顶漏水，天花板都霉了",
        "卫生间渗水，楼上不肯修",
        "下雨天外墙渗水，墙皮掉下来",
        "阳台漏水，叫了几次没人管",
    ),
    "drain": (
        "下水道堵了，污水冒上来",
        "窨井溢出来了，臭得很",
        "厨房下水堵塞，反水了",
        "化粪池满了，一楼没法住",
    ),
    "clutter": (
        "楼道堆物，走路都要侧着身",
        "有人在楼梯间堆杂物",
        "旧家具堆在楼道里好久了",
        "楼道里放鞋柜，担架都抬不过",
    ),
    "lift_out": (
        "电梯坏了，老人下不了楼",
        "电梯又坏了，停在一楼不动",
        "电梯停运了，什么时候能修好",
        "电梯故障，按了没反应",
    ),
    "gate": ("单元门关不上了", "门禁坏了，谁都能进来", "小区大门的闸机打不开", "对讲按了没声音，门禁失灵"),
    "dog": ("有人遛狗不牵绳，吓到小孩", "草坪上全是狗屎", "楼里养狗，半夜狗叫", "流浪猫在车底下做窝"),
    "ebike": (
        "有人把电瓶拎上楼充电",
        "楼道充电，飞线从三楼拉下来",
        "电瓶车推进楼里充电，太危险",
        "充电桩插了不来电",
    ),
    "pests": ("家里蟑螂多得不得了", "垃圾房旁边有老鼠", "楼道里有白蚁", "夏天蚊子多，能不能消杀一下"),
    "question": (
        "请问加装电梯怎么补贴",
        "高龄津贴怎么申请",
        "老年食堂几点开门",
        "请问医保换卡去哪里办",
        "活动室怎么预约",
        "居住证续签需要什么材料",
        "适老化改造符合什么条件",
        "请问托班什么时候报名",
    ),
    "care": (
        "家里老人要陪诊，能不能安排人",
        "想给老人申请送餐",
        "老人腿脚不好，想装扶手",
        "想借一把轮椅用几天",
        "老人想找人上门量血压",
    ),
    "praise": ("表扬一下网格员，上门很及时", "谢谢社区帮忙，办得蛮好", "感谢帮老人修好了灯"),
}
_OPENINGS = (
    "",
    "",
    "",
    "你好，",
    "您好，",
    "社区的同志，",
    "麻烦看一下，",
    "反映一下，",
    "物业打电话没人接，",
    "急！",
    "师傅，",
)
_WHEN = ("", "", "今天", "刚才", "昨天开始", "这两天", "一早起来", "从礼拜天起", "老早就")
_SINCE = (
    "",
    "",
    "说过一次了没动静。",
    "跟物业讲了也没用。",
    "邻居也都在讲。",
    "家里有八十多岁的老人。",
    "小孩上学都不方便。",
)
_ENDINGS = (
    "",
    "",
    "请尽快处理，谢谢。",
    "麻烦派人来看看。",
    "帮忙弄弄好。",
    "谢谢了！",
    "什么时候能解决？",
    "再不来我要打12345了。",
    "辛苦了。",
)
_LOCAL = (
    ("怎么", "哪能"),
    ("什么", "啥"),
    ("不知道", "弗晓得"),
    ("没有", "没得"),
    ("吵", "吵煞"),
    ("很", "交关"),
)
_SLIPS = (
    ("再", "在"),
    ("的", "得"),
    ("已经", "以经"),
    ("那", "哪"),
    ("电梯", "电剃"),
    ("麻烦", "麻凡"),
    ("处理", "出理"),
    ("灯", "登"),
)

MENDED = ("修好了，试了两次都正常。", "换了坏的零件，和居民一起试过，正常了。")
CLEANED = ("已清理干净，后面会多巡几次。", "清走了，地面也冲过，和保洁约好多来一趟。")
SETTLED = ("两边都谈过，双方同意各让一步。", "上门调解过，双方同意照说好的办。")
TALKED_OVER = ("找到本人谈过，答应马上改。", "当面劝过，已经改了，后面会多巡几次。")
LOOKED_AFTER = ("见到本人，人没事，家属也知道了。", "上门看过，按老人的意思安排好了。")
MADE_SAFE = ("到现场查过，险情排除了，周围也看过。", "险情排除了，过两天再来复查一次。")
EXPLAINED = ("和居民当面说清楚了，下一步也告诉了。", "查过情况，已答复居民，居民清楚了。")

FIXED: Mapping[str, Sequence[str]] = {
    "01": MADE_SAFE, "02": MADE_SAFE, "03": SETTLED, "04": CLEANED, "05": MENDED, "06": EXPLAINED, "07": MENDED,
    "08": TALKED_OVER, "09": TALKED_OVER, "10": LOOKED_AFTER, "11": EXPLAINED, "12": EXPLAINED, "13": EXPLAINED,
    "14": EXPLAINED, "15": TALKED_OVER, "16": TALKED_OVER, "17": EXPLAINED, "18": MADE_SAFE, "19": EXPLAINED,
    "20": EXPLAINED, "": EXPLAINED,
    "0403": ("枝条修过了，路灯和窗户都不挡了。", "绿化师傅来修剪过，枝叶当天运走了。"),
    "0404": ("整幢楼消杀了一遍，两周以后再来。", "放了饵剂，缝也堵上了，过几天再看。"),
    "0405": ("找到气味从哪里来，已经不闻到了。", "和店家谈过，油烟机当天修了，晚上去闻过。"),
    "0701": ("人已经救出来，没有受伤，电梯停用等检修。", "人出来了，身体没事，维保站在查原因。"),
    "0704": EXPLAINED, "0705": EXPLAINED, "0802": EXPLAINED,
    "1004": ("扶手装好了，老人试着用过。", "上门量过、装好了，老人试过顺手。"), "1005": EXPLAINED, "1602": CLEANED,
}  # fmt: skip
"""What the staff say when a matter of a category is done, by the beginning of its code: the longest that fits."""

BY_CRAFTSMEN = ("已联系维修师傅。", "师傅在现场，正在查原因。")
BY_PEOPLE = ("和楼长一起上门，正在谈。", "正在现场处理，和居民说了进展。")
KEEPING_AWAY = ("在现场查，先让人离远一点。",)
WORK: Mapping[str, Sequence[str]] = {
    "": BY_PEOPLE, "01": KEEPING_AWAY, "02": KEEPING_AWAY, "18": KEEPING_AWAY,
    "04": ("在现场清理。", "已联系保洁，一起在现场。"), "0403": ("已联系绿化师傅。",), "0404": ("已联系消杀的人。",),
    "0405": ("在现场找气味从哪里来。",), "05": BY_CRAFTSMEN, "07": BY_CRAFTSMEN,
    "0701": ("救援的人到了，正在和里面的人说话。", "正在救人，叫里面的人别扒门。"), "0704": BY_PEOPLE, "0705": BY_PEOPLE,
    "10": ("在老人家里，和家属通着电话。",), "1602": ("在现场清理。",),
}  # fmt: skip
"""The same while they work at it."""

STAFF_SAY = {
    "contact": (
        "已电话联系居民，约好上门时间。",
        "到现场看过，先和居民说明了情况。",
        "已与居民沟通，物业一起到场。",
    ),
    "there": ("到现场看过，正在处理。", "人已到现场，正在查原因。"),
    "poor": ("已告知物业。", "已登记，请等待。", "会持续关注。"),
    "answer": ("已电话答复居民，并发了办理材料清单。", "已说明政策和办理地点，居民清楚了。"),
    "unhappy": ("还是老样子，没修好。", "说处理了，根本没人来。", "好了一天又坏了。", "打电话的口气不好。"),
    "happy": ("谢谢，来得很快。", "蛮好。", "态度好，处理得也快。", ""),
}


def request_words(kind: str, rng: Random, *, place: str, old: bool) -> str:
    """A resident's sentence about an incident of ``kind``; ``place`` is how they would call where it is."""
    subject = rng.choice(_SUBJECTS[kind])
    if kind in {"question", "praise", "care"}:
        return _hurried(f"{rng.choice(_OPENINGS[:5])}{subject}", rng, local=False)
    urgent = kind in {"trapped", "smoke", "fall"}
    where = place if rng.random() < 0.75 else ""
    when = "" if urgent else rng.choice(_WHEN)
    stop = rng.choice(("。", "。", "，", "！"))
    tail = "快来人！" if urgent and rng.random() < 0.6 else rng.choice(_SINCE) + rng.choice(_ENDINGS)
    return _hurried(
        f"{rng.choice(_OPENINGS)}{where}{when}{subject}{stop}{tail}".rstrip("，"),
        rng,
        local=old and not urgent,
    )


def staff_words(occasion: str, rng: Random) -> str:
    return rng.choice(STAFF_SAY[occasion])


def done_words(category: str, rng: Random) -> str:
    """What the staff say of a matter of the category (six digits) that is done; fits no other kind of trouble."""
    return rng.choice(_fitting(FIXED, category))


def work_words(category: str, rng: Random) -> str:
    """The same while they work at it."""
    return rng.choice(_fitting(WORK, category))


def _fitting(words: Mapping[str, Sequence[str]], category: str) -> Sequence[str]:
    return words[max((code for code in words if category.startswith(code)), key=len)]


def _hurried(text: str, rng: Random, *, local: bool) -> str:
    if local and rng.random() < 0.35:
        plain, spoken = rng.choice(_LOCAL)
        text = text.replace(plain, spoken, 1)
    if rng.random() < 0.12:
        right, wrong = rng.choice(_SLIPS)
        text = text.replace(right, wrong, 1)
    if rng.random() < 0.1:
        text = text.replace("，", " ").replace("。", " ").strip()
    return text
