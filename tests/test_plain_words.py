"""Whoever went to school for six years can read what residents are told about their information.

Measured on every text: those that the pages and messages are made of, the purposes, the lessons, and the pages as they are
drawn. Chinese (``domain.md`` §11): a sentence has at most twenty characters; words of law and technology are left out, or
explained on the same page from ``glossary.toml``; rare words are everyday ones that somebody looked at. English: at most
twenty words a sentence, and Flesch-Kincaid grade six.
"""

from __future__ import annotations

import importlib.util
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.test import Client
from django.utils.html import strip_tags

from linli.act.casework.actions import receive
from linli.foundation.privacy.charter.tests.changing import announced, in_force_after
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.door import reveal
from linli.foundation.privacy.education.lessons import lessons_for
from linli.foundation.privacy.rights.actions import ask
from linli.foundation.privacy.rights.actions.asking import Asked
from linli.foundation.privacy.words import glossary

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "linli"
PRIVACY = SOURCE / "foundation" / "privacy"
PORTAL = SOURCE / "faces" / "portal"

LONGEST_SENTENCE = 20
LONGEST_ENGLISH_SENTENCE = 20
SCHOOL_YEARS = 6.0
ENOUGH_WORDS = 40
"""A grade of fewer words says nothing: the formula is an average."""

RARE = 3.6
"""Zipf frequency (one use in a million words is 3) below which a word is looked at; of its rarest character ``ODD``."""
ODD = 4.8

TEMPLATES = (
    "*charter*.html", "elder/charter*.html", "consents.html", "information.html", "looks.html", "rights.html",
    "right.html", "ask.html", "lesson*.html", "question.html", "suspicious.html", "practice.html", "sensing*.html",
    "_declared.html",
)  # fmt: skip
CODE = (
    "words.py", "looking.py", "holding.py", "retention_words.py", "charter/wording.py", "charter/telling.py",
    "charter/paper.py", "charter/holding.py", "consents/*.py", "rights/*.py", "rights/actions/*.py", "education/*.py",
    "sensing/holding.py", "sensing/kinds.py", "unusual/handlers.py",
)  # fmt: skip
PAGES = ("charter.py", "consents.py", "rights.py", "information.py", "lessons.py", "sensing.py")
TOLD_TO_STAFF = frozenset({"lost_and_leaked", "why_and_how_much", "phishing"})
"""Lessons for staff; residents are offered the others."""

NEVER = (
    "个人信息处理者", "处理者", "授权", "依据", "法定", "数据", "存储", "留存", "匿名", "脱敏", "加密", "算法", "模型",
    "后台", "服务器", "端口", "程序", "录入", "起诉", "网信办", "评估", "聚合", "阈值", "差分", "权限", "义务", "主体",
    "告知", "合法", "正当", "跨境", "画像", "自动化决策", "影响评估", "审核", "共享信息", "撤销", "终止", "上述", "该项",
)  # fmt: skip
"""Words of law and technology for which there always is a plain one."""

EVERYDAY = frozenset(
    "害处 通讯录 答对 上锁 老伴 保健品 急事 认不出 签了 反悔 纸上 困住 感应器 看一遍 照护 愿不愿意 锁上 保护法 删掉 年满 "  # noqa: SIM905
    "水印 每户 一户 刷卡 独居 判决书 住址 答题 顺手 爸爸妈妈 一课 天气预报 邻里 代为 专人 停用 看清楚 磁 规矩 拍下来 存成 "
    "本子 屋顶 盒子 漏水 不妥 研究室 床垫 报警器 燃气 作息".split()
)
"""Rare in print, said every day; each was looked at."""


@dataclass(frozen=True)
class Text:
    where: str
    zh: str
    en: str = ""


@cache
def texts() -> tuple[Text, ...]:
    """Every text that a resident may be shown about its information, with its English."""
    found = [*_from_files(), *_from_tables()]
    return tuple(dict.fromkeys(found))


def _from_files() -> Iterator[Text]:
    spec = importlib.util.spec_from_file_location("translations", ROOT / "scripts" / "translations.py")
    assert spec is not None and spec.loader is not None
    translations = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(translations)
    english = {}
    for path in SOURCE.glob("**/locale/en/LC_MESSAGES/django.po"):
        with path.open("rb") as catalogue:
            for message in read_po(catalogue, locale="en"):
                one, many = message.id, message.string
                english[one[0] if isinstance(one, tuple) else one] = many[-1] if isinstance(many, tuple) else many
    files = [path for shape in TEMPLATES for path in (PORTAL / "templates" / "portal").glob(shape)]
    files += [path for shape in CODE for path in PRIVACY.glob(shape)]
    files += [PORTAL / "pages" / name for name in PAGES if (PORTAL / "pages" / name).exists()]
    for path in files:
        for _line, ids in translations.texts_in(path):
            yield from (Text(path.name, one, english.get(one, "")) for one in ids if chinese(one))


def _from_tables() -> Iterator[Text]:
    tables = [PRIVACY / "purposes.toml", PRIVACY / "glossary.toml"]
    tables += [path for path in (PRIVACY / "education" / "lessons").glob("*.toml") if path.stem not in TOLD_TO_STAFF]
    for path in tables:
        yield from _pairs(path.name, tomllib.loads(path.read_text(encoding="utf-8")))


def _pairs(where: str, value: object) -> Iterator[Text]:
    """Whatever stands under ``zh`` with what stands under ``en`` beside it."""
    if isinstance(value, list):
        for one in value:
            yield from _pairs(where, one)
    if not isinstance(value, dict):
        return
    zh, en = value.get("zh"), value.get("en")
    for said, english in zip(_strings(zh), _strings(en), strict=True):
        yield Text(where, said, english)
    for name, one in value.items():
        if name not in {"zh", "en"}:
            yield from _pairs(where, one)


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    return [text for one in value for text in _strings(one)] if isinstance(value, list) else []


def chinese(text: str) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]", text))


def plain(text: str) -> str:
    """What is put into a text counts as a short word."""
    return re.sub(r"%\(\w+\)[sd]", "某某", text)


def sentences(text: str) -> list[str]:
    return [one for one in re.split(r"[。！？；\n]|<br>", plain(text)) if one.strip()]


def length(sentence: str) -> int:
    """Characters; a number or a foreign word is one."""
    return len(re.findall(r"[\u4e00-\u9fff]|[A-Za-z0-9./-]+", sentence))


def english_sentences(text: str) -> list[str]:
    text = re.sub(r"%\(\w+\)[sd]", "word", text)
    return [one for one in re.split(r"[.!?;:]+(?:\s|$)|<br>", text) if re.search("[A-Za-z]", one)]


def english_words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z][A-Za-z']*", text)


def syllables(word: str) -> int:
    """Groups of vowels, without a silent e or ed at the end."""
    word = re.sub("[^a-z]", "", word.lower())
    count = len(re.findall("[aeiouy]+", word))
    silent = (word.endswith("e") and not word.endswith("le")) or re.search("[^td]ed$", word)
    return max(1, count - 1 if silent and count > 1 else count)


def grade(said: list[str]) -> float:
    """Flesch-Kincaid grade level: years of school that a text needs (Kincaid et al. 1975)."""
    all_sentences = [one for text in said for one in english_sentences(text)]
    words = [word for one in all_sentences for word in english_words(one)]
    per_sentence = len(words) / len(all_sentences)
    per_word = sum(syllables(word) for word in words) / len(words)
    return 0.39 * per_sentence + 11.8 * per_word - 15.59


def test_the_texts_are_found():
    """So that nothing passes because nothing was read."""
    where = {one.where for one in texts()}
    assert {"purposes.toml", "charter.html", "consents.html", "rights.html", "codes.toml", "telling.py"} <= where
    assert len(texts()) > 500
    assert sum(bool(one.en) for one in texts()) > 0.95 * len(texts())


def test_no_sentence_is_longer_than_twenty_characters():
    long = [(length(one), text.where, one) for text in texts() for one in sentences(text.zh)]
    assert [found for found in long if found[0] > LONGEST_SENTENCE] == []


def test_no_word_of_law_or_technology_stands_where_there_is_a_plain_one():
    found = [(word, text.where, text.zh) for text in texts() for word in NEVER if word in text.zh]
    assert found == []


def test_what_explains_a_word_needs_no_explanation_itself():
    for key, one in glossary().items():
        others = [str(other.word.zh) for name, other in glossary().items() if name != key]
        assert not [word for word in (*others, *NEVER) if word in one.means.zh and word not in one.word.zh], key


def test_rare_words_are_everyday_ones_or_explained():
    from wordfreq import tokenize, zipf_frequency

    explained = {str(one.word.zh) for one in glossary().values()}
    rare: dict[str, str] = {}
    for text in texts():
        said = plain(text.zh)
        for word in explained:
            said = said.replace(word, "，")
        for word in tokenize(said, "zh"):
            odd = min(zipf_frequency(character, "zh") for character in word)
            if chinese(word) and zipf_frequency(word, "zh") < RARE and odd < ODD:
                rare.setdefault(word, f"{text.where}: {text.zh}")
    assert {word: said for word, said in rare.items() if word not in EVERYDAY} == {}


def test_english_needs_no_more_than_six_years_of_school():
    said: dict[str, list[str]] = {}
    for text in texts():
        if text.en:
            said.setdefault(text.where, []).append(text.en)
    graded = {
        where: round(grade(english), 1)
        for where, english in said.items()
        if sum(len(english_words(one)) for one in english) >= ENOUGH_WORDS
    }
    assert len(graded) > 20
    assert {where: found for where, found in graded.items() if found > SCHOOL_YEARS} == {}


def test_no_english_sentence_is_longer_than_twenty_words():
    long = [(len(english_words(one)), text.where, one) for text in texts() for one in english_sentences(text.en)]
    assert [found for found in long if found[0] > LONGEST_ENGLISH_SENTENCE] == []


PAGES_OF_THE_ELDER = (
    "/charter/mx/", "/charter/mx/for/care_round/", "/charter/mx/for/case_contact/", "/charter/mx/proposed/",
    "/charter/mx/versions/2/", "/portal/", "/portal/me/", "/portal/me/information/", "/portal/me/looks/",
    "/portal/me/rights/", "/portal/me/rights/new/copy/", "/portal/me/rights/new/correction/",
    "/portal/me/rights/new/deletion/", "/portal/me/rights/new/explanation/", "/portal/me/rights/new/objection/",
    "/portal/me/rights/{right}/", "/portal/me/consents/", "/portal/me/consents/?give=door_care",
    "/portal/me/consents/?withdraw={consent}", "/portal/lessons/", "/portal/lessons/suspicious/",
    "/portal/lessons/{lesson}/", "/portal/lessons/{lesson}/1/", "/portal/family/", "/portal/me/sensing/",
    "/sensing/",
)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.usefixtures("monday_morning")
@pytest.mark.parametrize("theme", ["standard", "elder"])
def test_every_page_explains_the_words_of_law_that_it_uses(world, theme):
    with world.scope():
        elder, worker = world.actor("elder"), world.actor("grid_worker")
        consent = give_consent(world.residents["elder"], "water_care", channel="app", actor=elder)
        right = ask(world.residents["elder"], Asked("objection", "不对", purpose="care_round"), actor=elder)
        case = receive("楼道灯不亮", actor=elder).case
        reveal(world.residents["elder"], "phone", "case_contact", f"case:{case.pk}", actor=worker)
        in_force_after(world, {"key": "statistics", "keep_months": 24})
        announced(world, {"key": "emergency", "keep_months": 60})
    client, explained_somewhere = Client(), set()
    client.force_login(world.accounts["elder"], backend="django.contrib.auth.backends.ModelBackend")
    names = {"right": right.pk, "consent": consent.pk, "lesson": next(iter(lessons_for("residents"))).key}
    for address in PAGES_OF_THE_ELDER:
        answer = client.get(address.format(**names), {"theme": theme} if "?" not in address else None)
        assert answer.status_code == 200, address
        page, _, words = re.search(r"<main.*</main>", answer.content.decode(), re.S).group().partition("section words")
        said, explained = strip_tags(page), set(re.findall("<dt>(.*?)</dt>", words))
        used = {one.word.zh for one in glossary().values() if one.word.zh in said}
        assert used == explained, address
        assert not [word for word in NEVER if word in said], address
        explained_somewhere |= explained
    assert len(explained_somewhere) > 5


@pytest.mark.parametrize(
    ("text", "longest"),
    [
        ("办您反映的事，要能找到您。只看您的姓名、电话和住址。", 11),
        ("有人可能有危险时，赶去的人要知道是谁、住哪里、打哪个电话、身体要注意什么。", 32),
        ("编号 %(number)s。最晚 2026-03-02 前答复。", 6),
    ],
)
def test_sentences_are_measured_as_a_reader_would(text, longest):
    assert max(length(one) for one in sentences(text)) == longest


@pytest.mark.parametrize(
    ("word", "count"),
    [("information", 4), ("community", 4), ("phone", 1), ("worker", 2), ("people", 2), ("asked", 1), ("deleted", 3)],
)
def test_syllables_are_counted_as_they_are_said(word, count):
    assert syllables(word) == count


def test_the_grade_tells_plain_from_legal_english():
    assert grade(["You are asked first. It is used only if you agree."]) < 3
    legal = "Processing of personal information requires the individual's informed, voluntary and explicit consent."
    assert grade([legal]) > 14
