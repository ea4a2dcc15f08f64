"""Words that mean danger to life: show 110, 119 and 120 at once, keep the record afterwards.

Urgent danger to life goes to the emergency numbers first and never waits in a queue (``domain.md`` §2.1). The list
is short and open to reading: a false alarm costs a rush, a missed one may cost a life, so a word is here whenever it is
plainly about danger. A word does not count where its own sentence says that nothing has happened: it is denied ("没有着火"),
supposed ("一旦发生火灾"), feared ("容易触电"), a hazard ("火灾隐患"), or long past ("去年发生过火灾"); and it counts all the same
where that sentence says that it is happening now. Nothing takes back a word of suicide but a plain denial, and what another
sentence says takes back nothing at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SIGNS: dict[str, tuple[str, ...]] = {
    "trapped": (
        r"困在", r"被困", r"(?<!贫)困人(?!口)", r"困.{0,3}个?人在", r"关[在勒进]电梯", r"电梯.{0,6}(出不来|打不开门|卡住了?人)",
        r"电梯.{0,4}(关|困|卡)了?[一二两三四五六七八九几\d好]+.{0,2}个?人", r"[喊叫呼]救命|救命[啊呀哪！!]|^救命(?!路|通道|钱|药|恩)", r"trapped", r"stuck in the (lift|elevator)",
    ),
    "gas": (
        r"(煤气|天然气|燃气|液化气|瓦斯).{0,8}(味|漏|泄|中毒)", r"(煤气|天然气|燃气|液化气|瓦斯).{0,3}报警器?.{0,3}(响|叫|在报)",
        r"一氧化碳(?!报警|探测)", r"(smell|leak)\w* (of )?gas", r"gas (smell|leak)",
    ),
    "fire": (
        r"着火(?!车|锅|点|热)", r"起火(?!点|灾)", r"失火", r"火灾", r"冒(出)?(浓|黑|大)烟", r"冒烟", r"(?<!信息)(?<!信息大)(?<!知识)爆炸(?!式|性)", r"烧起来",
        r"\bon fire\b", r"explosion",
    ),
    "suicide": (
        r"自杀", r"跳楼", r"轻生", r"[不勿唔]想(再)?活", r"割腕", r"活[不勿]下去", r"活着没(什么)?意思", r"一了百了", r"遗书", r"寻短见",
        r"结束(自己的?)?生命", r"了结(自己|一生|生命)", r"安眠药.{0,6}(吃了|一瓶|都吃)", r"等我(走|死)了?(以后|之后)", r"不如死了", r"想死了?(?!你|我)",
        r"下辈子再(见|报答)", r"永别了", r"喝(了)?农药", r"服毒", r"(?<!三)上吊", r"suicid", r"kill (my|him|her)self", r"want to die", r"end my life",
    ),
    "collapse": (r"倒塌", r"坍塌", r"塌了", r"塌下来", r"塌陷", r"要塌", r"墙.{0,4}倒了", r"collaps"),
    "injury": (
        r"昏迷", r"昏倒", r"晕倒", r"昏过去", r"晕过去", r"没有?呼吸", r"喘不上气", r"呼吸困难", r"大出血", r"血流不止", r"叫不醒", r"触电", r"溺水",
        r"落水(?!管|口|槽|斗)", r"掉[进到](河|井|水|池)", r"坠楼", r"摔.{0,6}(起不来|动不了|不会动|没反应)", r"抽搐", r"心(脏病|梗).{0,3}(发作|犯了)",
        r"unconscious", r"not breathing",
    ),
    "violence": (r"持刀", r"拿刀", r"拿着刀", r"砍人", r"捅人", r"杀人", r"with a knife"),
}  # fmt: skip

DENIED = re.compile(
    r"(没有?|并未|未|不是|不会)(发生|出现|任何|什么|真的?|有?人|要|想|想过)?$|(防止|预防|以防|防火(?![门墙窗卷栓])|灭火(?![器瓶毯])|消防演习|演练)[^，。！？,.!?\s]{0,4}$"
)
"""Right before a word: it has not happened, or is only practised or prevented."""
SUPPOSED = re.compile(
    r"一旦|一但|如果(?!方便|可以|有空|能)|假如|假设|倘若|若是|要是|万一|试想|设想|\bif\b", re.IGNORECASE
)
"""Before it in its clause, or in the clause before where its own says what would follow."""
WOULD = re.compile(r"发生|出现|遇到|会|将|就|后果|怎么办|有可能")
FEARED = re.compile(
    r"(担心|害怕|(?<!可)怕|恐|容易|(?<![交贸])易|可能会|避免|以免|防范|杜绝|消除|存在|[会能将](造成|引发|诱发|导致))[^，。！？,.!?\s]{0,8}$"
)
"""Before it in its clause, unless it is said to have happened: "担心老人昏倒了" is a call."""
HAZARD = re.compile(
    r"^[^，。！？,.!?\s]{0,6}(隐患|预案|演习|演练|知识|宣传(?![栏牌])|保险(?![丝盒箱柜]))|^[^了没无不难怎，。！？,.!?\s]{0,6}逃生(?![不无])|"
    r"^(自动报警|报警(器|系统|装置))(?!.{0,6}响)|^(身亡|伤亡)?(的(危险|风险|可能)|风险)"
)
"""Right behind it, unless it is said to have happened: what might happen, or a thing that has its name."""
LONG_AGO = re.compile(
    r"曾|去年|前年|早年|当年|[早前]几年|年前|往年|历史上|上个?月|上个?星期|上一?周|上次|(19|20)\d\d年|报道|新闻"
)
"""Before it in the sentence, where it is also said to have come about (:data:`CAME`) or to be over."""
CAME = re.compile(r"曾|发生|出现|突发|有过|遭遇|经历")
OVER = re.compile(r"^[^，。！？,.!?\s]{0,4}(?<![超经难透通不])过(?![来去敏程了分])|^的?(案例|新闻|报道)")
"""Right behind it."""
SO_OFTEN = re.compile(r"^[^，。！？,.!?\s]{0,3}([一二两三四几多数\d\-—]+次|[两三四几多数\d\-—]+[起回])")
"""Right behind it: counted, where the sentence says of which time (:data:`LONG_AGO`, :data:`LATELY`). Without that a call
counts too: "老人晕倒两次" may be the second time just now."""
_COUNT = r"[一二三四五六七八九十百两\d]"
_AGE = (
    rf"(?:已经|[都有刚快才])?(?:{_COUNT}{{1,4}}多?周?岁|{_COUNT}{{2,4}}多?(?![一二三四五六七八九十百两\d多月次起回个]))"
)
LATELY = re.compile(
    rf"[今本]年(?!{_AGE})|"
    r"[这本]个?(月|星期|周)|这几[年月天]|一年|平均|每[年月]|最近|近[来日年期]|以前|之前|从前|先后|累计|总共|一共"
)
AGAIN_AND_AGAIN = re.compile(
    r"((?<!异)常|多次|数次|屡次|有时)[^，。！？,.!?\s]{0,6}$|(?<!第)[两三四五六七八九几\d]+[次起]$"
)
"""Before it in its clause, unless it is said to have happened: how often it happens. What comes again and again without a
pause ("接连爆炸", "不停抽搐") is going on."""
PUT_OUT = re.compile(
    r"(已经?|被|自己|给)[^，。！？,.!?\s]{0,2}(扑灭|熄灭|控制住)|(扑灭|熄灭|控制住|灭)了(?![吗没又嘛])"
)
"""Behind it in the sentence, unless it is :data:`NOT_OUT`: the fire is out."""
NOT_OUT = re.compile(
    r"[没未不无难][^，。！？,.!?\s]{0,4}(扑灭|熄灭|灭了|控制住)|[来去帮请快][^，。！？,.!?\s]{0,2}(扑灭|熄灭|灭了)"
)
NOW = re.compile(
    r"现在|正在|此刻|刚|今天|今晚|今早|今晨|已经|马上|快[来点要去过救派看]|赶紧|赶快|急[！!]|救命|又|\bnow\b",
    re.IGNORECASE,
)

_SENTENCE = re.compile(r"[。！？!?；;\n]|\.(?!\d)")
_CLAUSE = re.compile(r"[，,、：:\s]")
_REACH = 40
_NEVER_TAKEN_BACK = frozenset({"suicide"})
_ONLY_WHEN_SUPPOSED_OR_OVER = frozenset({"gas", "collapse", "violence"})

_PATTERNS = {sign: re.compile("|".join(patterns), re.IGNORECASE) for sign, patterns in SIGNS.items()}


@dataclass(frozen=True)
class Danger:
    """``sign`` is a key of :data:`SIGNS`; ``word`` is the part of the text that shows it."""

    sign: str
    word: str


def find_danger(words: str) -> Danger | None:
    """The first plain sign of danger to life in ``words``, or ``None``."""
    found = [
        (match.start(), Danger(sign, match.group()))
        for sign, pattern in _PATTERNS.items()
        for match in pattern.finditer(words)
        if not _taken_back(words, match.start(), match.end(), sign)
    ]
    return min(found, key=lambda at: at[0])[1] if found else None


def _taken_back(words: str, start: int, end: int, sign: str) -> bool:
    """Whether the sentence around ``words[start:end]`` says that there is no danger to life now."""
    if DENIED.search(words[max(0, start - 8) : start]):
        return True
    if sign in _NEVER_TAKEN_BACK:
        return False
    before = _SENTENCE.split(words[max(0, start - _REACH) : start])[-1]
    after = _SENTENCE.split(words[end : end + _REACH])[0]
    *earlier, clause = _CLAUSE.split(before)
    behind = _CLAUSE.split(after)[0]
    if SUPPOSED.search(clause) or (
        earlier and SUPPOSED.search(earlier[-1]) and (WOULD.search(clause) or WOULD.search(behind))
    ):
        return not NOW.search(clause)
    if sign == "fire" and PUT_OUT.search(after) and not NOT_OUT.search(after):
        return True
    if NOW.search(before) or NOW.search(behind):
        return False
    past = bool(LONG_AGO.search(before))
    if OVER.search(behind) or (past and CAME.search(clause)):
        return True
    if (past or LATELY.search(before)) and SO_OFTEN.search(behind):
        return True
    if sign in _ONLY_WHEN_SUPPOSED_OR_OVER:
        return False
    if behind.startswith("了"):
        return False
    risk = behind.startswith("危险") and clause.endswith("有")
    return bool(risk or HAZARD.search(behind) or AGAIN_AND_AGAIN.search(clause) or FEARED.search(clause))
