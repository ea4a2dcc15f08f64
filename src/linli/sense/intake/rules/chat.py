"""From a chat log as WeChat copies it to what each person said, and which of it may be a request.

WeChat has no export. People mark messages and copy them (on a computer: name and moment on a line, the words below),
forward them as mail (a line with the day, then name and time), or type them off (``name: words``). All of these are
read; a person decides what is a request, so that this only sorts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

TOGETHER = timedelta(minutes=5)
"""Messages of one person within this time are one thing said in pieces."""
LONGEST = 200_000
MOST_MESSAGES = 2_000

_DAY = r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
_TIME = r"(?P<half>凌晨|早上|上午|中午|下午|晚上)?\s?(?P<hour>[01]?\d|2[0-3])[:：](?P<minute>[0-5]\d)(?:[:：][0-5]\d)?"
_NAME = r"(?P<name>[^\n]{1,40}?)"
_DAY_LINE = re.compile(rf"^[—\-=·\s]*{_DAY}(?:\s*星期.)?[—\-=·\s]*$")
_MOMENT_LINE = re.compile(rf"^(?:{_DAY}\s+)?{_TIME}$")
_NAME_MOMENT = re.compile(rf"^{_NAME}[:：]?\s+(?:{_DAY}\s+)?{_TIME}$")
_MOMENT_NAME = re.compile(rf"^[\[(（【]?{_DAY}\s+{_TIME}[\])）】]?\s*{_NAME}\s*(?:[:：]\s*(?P<words>.*))?$")
_NAME_ALONE = re.compile(r"^(?P<name>[^\n:：]{1,40})[:：]\s*$")
_NAME_WORDS = re.compile(r"^(?P<name>[^\n:：，。！？,!?]{1,24})[:：]\s*(?P<words>\S.*)$")
_SYSTEM = re.compile(
    r"(撤回了一条消息|拍了拍|加入了?群聊|移出了?群聊|修改群名|邀请.{1,30}加入|以下为新消息|以上是打招呼|聊天记录如下|开启了朋友验证)"
)
_PLACEHOLDER = re.compile(
    r"\[(?:图片|视频|语音|动画表情|表情|文件|链接|位置|红包|转账|音乐|小程序|聊天记录|Photo|Video|Voice|Sticker)[^\]]{0,20}\]",
    re.I,
)
_FACE = re.compile(r"\[[\u4e00-\u9fffA-Za-z]{1,4}\]")

_CHATTER = re.compile(
    r"^(?:收到|好的?|嗯+|哦+|哈+|是的?|对的?|行|可以|知道了|明白|了解|谢谢.{0,8}|感谢.{0,8}|多谢.{0,6}|辛苦.{0,8}|早上好.{0,6}|早安?|晚安|"
    r"大家好|各位(?:邻居)?好|在吗|在的|没事了?|不客气|赞|棒|加油|恭喜.{0,6}|生日快乐|新年好|ok|okay|1|666+|👍+)[\s~～。！!.,，呀啊哈呢的了]*$",
    re.I,
)
_ANNOUNCES = re.compile(r"^(?:@所有人|【?(?:通知|公告|温馨提示|转发|接龙|#接龙))")
_SELLS = re.compile(r"(团购|拼团|下单|优惠|包邮|出售|转让|求租|招租|代购|扫码进群|砍一刀|点赞|投票)")
_TROUBLE = re.compile(
    r"坏|漏|渗|堵|停水|停电|没水|没电|没气|没暖|不亮|不来|不通|不制|打不开|关不上|进不去|出不来|臭|异味|烟味|吵|噪|扰民|脏|垃圾|乱停|占道|占用|"
    r"堆|杂物|裂|脱落|掉下来|掉了|松动|积水|滑|摔|狗|蟑螂|老鼠|蚊|油烟|充电|飞线|高空|抛物|偷|丢了|被困|电梯|路灯|楼道|下水|水管|水压|"
    r"门禁|大门|消防|井盖|健身器材|停车|收费|物业费|没人管|不管|找谁|谁管|怎么办|什么时候|多久|能不能|可不可以|希望|建议|投诉|反映|报修|"
    r"求助|帮帮|帮忙|请问|修一下|修修|处理一下|危险|害怕|老人|摔倒|晕|着火|煤气|燃气"
)
_ECHO = re.compile(
    r"^(?:\+1|＋1|同问|同求|我(?:们)?(?:家|楼|幢|栋)?也(?:是|一样|没|停|不).{0,12}|.{0,6}(?:幢|栋|楼|单元)也.{1,12}|一样)[。！!]*$"
)


@dataclass(frozen=True)
class Message:
    """What one person said in one go. ``at`` is ``None`` where the log tells no time."""

    name: str
    words: str
    at: datetime | None


@dataclass(frozen=True)
class Said:
    """One candidate: ``likely`` when it may be a request; ``before`` is what the words follow, for ``+1`` and “ours too”."""

    name: str
    words: str
    at: datetime | None
    likely: bool
    before: str = ""


def read_chat(text: str, *, today: date, zone: tzinfo) -> list[Said]:
    """Everything that was said, in its order, pieces of one person joined; at most :data:`MOST_MESSAGES` messages.

    A time without a day is of the day that the log named last, else ``today``.
    """
    joined: list[Message] = []
    for message in messages_in(text[:LONGEST], today=today, zone=zone):
        last = joined[-1] if joined else None
        if last is not None and last.name == message.name and _near(last.at, message.at):
            joined[-1] = replace(last, words=f"{last.words}\n{message.words}")
        elif len(joined) < MOST_MESSAGES:
            joined.append(message)
    return list(_sorted_out(joined))


def messages_in(text: str, *, today: date, zone: tzinfo) -> Iterator[Message]:
    lines = [_clean(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    typed_off = not any(_head(line) for line in lines if line)
    name, at, words, day = "", None, list[str](), today

    def done() -> Iterator[Message]:
        said = "\n".join(words).strip()
        if name and said:
            yield Message(name, said, at)

    for line in lines:
        if not line or _SYSTEM.search(line):
            continue
        if (match := _DAY_LINE.match(line)) and (named := _day(match)) is not None:
            day = named
            continue
        if typed_off:
            if match := _NAME_WORDS.match(line):
                yield from done()
                name, at, words = match["name"].strip(), None, [match["words"]]
            elif name:
                words.append(line)
            continue
        if (match := _MOMENT_LINE.match(line)) and name and not words:
            day = _day(match) or day
            at = _moment(match, day, zone)
        elif match := (_MOMENT_NAME.match(line) or _NAME_MOMENT.match(line)):
            yield from done()
            day = _day(match) or day
            name, at = match["name"].strip().rstrip(":："), _moment(match, day, zone)
            first = match.groupdict().get("words")
            words = [first] if first else []
        elif match := _NAME_ALONE.match(line):
            yield from done()
            name, at, words = match["name"].strip(), None, []
        else:
            words.append(line)
    yield from done()


def _head(line: str) -> bool:
    return bool(_MOMENT_NAME.match(line) or _NAME_MOMENT.match(line) or _NAME_ALONE.match(line))


def _clean(line: str) -> str:
    kept = "".join(c for c in line if c in "\t" or unicodedata.category(c) not in {"Cc", "Cf"} or c == "\u200d")
    return kept.strip()


def _day(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    if not parts.get("year"):
        return None
    try:
        return date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
    except ValueError:
        return None


def _moment(match: re.Match[str], day: date, zone: tzinfo) -> datetime:
    hour = int(match["hour"])
    if match["half"] in {"下午", "晚上"} and hour < 12:
        hour += 12
    if match["half"] == "中午" and hour < 11:
        hour += 12
    if match["half"] == "凌晨" and hour == 12:
        hour = 0
    return datetime(day.year, day.month, day.day, hour, int(match["minute"]), tzinfo=zone)


def _near(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return timedelta(0) <= other - one <= TOGETHER


def _sorted_out(messages: Sequence[Message]) -> Iterator[Said]:
    trouble = ""
    for message in messages:
        plain = _FACE.sub("", _PLACEHOLDER.sub("", message.words)).strip()
        echo = bool(trouble and _ECHO.match(plain))
        likely = echo or may_be_request(plain)
        yield Said(message.name, message.words, message.at, likely, trouble if echo else "")
        if likely and not echo:
            trouble = message.words


def may_be_request(words: str) -> bool:
    """Whether somebody should look at it as a request: it names a trouble or asks for something, and is no notice, no
    sale and no mere politeness."""
    if len(words) < 3 or _CHATTER.match(words) or _ANNOUNCES.match(words) or _SELLS.search(words):
        return False
    return bool(_TROUBLE.search(words))


_HOME = re.compile(
    r"(?P<building>\d{1,3})\s?(?:号楼|幢|栋|座|#|-|—|－|/)\s?(?:(?P<entrance>\d{1,2})\s?(?:单元|门|-|—|－|/)\s?)?(?P<room>\d{3,4})(?!\d)"
)
_PHONE = re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)")


def home_in(name: str) -> str:
    """``枫杨里3-1-502 张`` → ``3 幢 1 单元 502``: how people name themselves in the group of a house; empty without."""
    match = _HOME.search(unicodedata.normalize("NFKC", name))
    if match is None:
        return ""
    entrance = f" {match['entrance']} 单元" if match["entrance"] else ""
    return f"{match['building']} 幢{entrance} {match['room']}"


def phone_in(words: str) -> str:
    """The first mobile number, its digits only; empty without."""
    match = _PHONE.search(unicodedata.normalize("NFKC", words))
    return re.sub(r"\D", "", match[0]) if match else ""
