"""The assessment as a guide in steps: what is asked on each page, and what there is to choose from.

PIPL art. 56 asks for three things: that purpose and means are lawful, proper and necessary; the effect on people's rights
and the risk; that the measures are lawful, effective and fit to the risk. 国务院令799号 and 人脸识别技术应用安全管理办法 add
whether something less intrusive would do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Question:
    key: str
    words: Promise
    hint: Promise


@dataclass(frozen=True)
class Page:
    key: str
    title: Promise
    questions: tuple[Question, ...] = ()


PAGES: Mapping[str, Page] = {
    page.key: page
    for page in (
        Page(
            "why",
            _("该不该做"),
            (
                Question("lawful", _("凭什么可以做？"), _("写法律、合同，或者住户的单独同意。")),
                Question("proper", _("只用来做这件事吗？"), _("写清楚不会拿去做什么。")),
                Question("necessary", _("为什么非用不可？"), _("少留一点、少看一点行不行？")),
            ),
        ),
        Page(
            "effects",
            _("对人有什么影响"),
            (
                Question("who", _("影响到哪些人？"), _("老人、不满 14 岁的孩子、来访的人、工作人员，大约多少。")),
                Question("rights", _("对他们有什么影响？"), _("会不会觉得被盯着，会不会因此办不成事。")),
            ),
        ),
        Page(
            "measures",
            _("怎么保护"),
            (
                Question(
                    "protection",
                    _("总的怎么保护？"),
                    _("谁能看、留多久、怎么加密、出了事找谁。每一种风险在下面写办法。"),
                ),
            ),
        ),
        Page(
            "instead",
            _("有没有更好的办法"),
            (
                Question("weighed", _("想过哪些打扰更少的办法？"), _("比如上门看、打电话、只响不传的警报。")),
                Question("chosen", _("为什么还是选它？"), _("写出别的办法差在哪里。")),
                Question("without", _("不愿意的人怎么办？"), _("同样的帮助，不用它也要有。")),
            ),
        ),
        Page("check", _("看一遍，交上去")),
    )
}

QUESTIONS: Mapping[str, tuple[str, ...]] = {
    page.key: tuple(question.key for question in page.questions) for page in PAGES.values()
}

RISK_WORDS: Mapping[str, Promise] = {
    "watched": _("觉得被盯着"),
    "habits": _("从数据里看出一个人的生活习惯"),
    "misuse": _("工作人员没有事也去看"),
    "leak": _("被外面的人拿走"),
    "wrong": _("判断错了，冤枉人或者误了事"),
    "shut_out": _("有人因此进不了门、办不成事"),
}
LIKELIHOODS: Mapping[int, Promise] = {1: _("很少"), 2: _("偶尔"), 3: _("可能"), 4: _("很可能")}
HARMS: Mapping[int, Promise] = {1: _("很轻"), 2: _("有一点"), 3: _("较重"), 4: _("很重")}
LEVEL_WORDS: Mapping[str, Promise] = {"low": _("低"), "medium": _("中"), "high": _("高"), "severe": _("严重")}


def missing_answers(answers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(page, question) of everything that has not been answered, in the order of the guide."""
    for page in PAGES.values():
        for question in page.questions:
            if not answers.get(question.key, "").strip():
                yield page.key, question.key
