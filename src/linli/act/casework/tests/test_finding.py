"""Finding cases by Chinese words: what is found, by whom, in which order, and what never is."""

import re

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from linli.act.casework import actions, searching
from linli.act.casework.models import Case, CaseWords
from linli.act.casework.queries import case_keys, finding, hits, list_cases, search
from linli.act.casework.rules.finding import MOST_TOKENS, column, excerpt, levelled, longer, tokens, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(world, monday_morning):
    """Three matters of the first grid and one of the second."""
    elder, worker = world.actor("elder"), world.actor("grid_worker")
    with world.scope():
        cases = {
            "leak": actions.receive("厨房下水道漏水三天了，请派人来修", actor=elder).case,
            "light": actions.receive("楼道灯不亮，上次漏水以后就坏了", actor=elder).case,
            "noise": actions.receive("半夜楼上有人跳舞", actor=elder).case,
        }
        for case in cases.values():
            actions.accept(case.pk, actor=world.actor("community_director"))
    return cases, worker


def found(words, actor):
    return [case.pk for case in search(words, actor=actor)]


def test_two_characters_are_found_and_what_the_title_says_comes_first(world, said):
    cases, worker = said
    with world.scope():
        assert found("漏水", worker) == [cases["light"].pk, cases["leak"].pk]
        assert found("水道漏", worker) == [cases["leak"].pk]
        assert found("漏水 楼道", worker) == [cases["light"].pk]
        assert found("漏水 跳舞", worker) == []
        assert found("舞", worker) == [cases["noise"].pk]
        assert found("水漏", worker) == []
        assert found("，。！", worker) == []
        assert found("' OR 1=1 \" * NEAR(漏水)", worker) == []


@given(st.lists(st.text(st.sampled_from("漏水灯 a1"), max_size=3000), max_size=4))
def test_a_column_that_grows_text_by_text_is_the_same_as_one_made_at_once_and_never_too_long(texts):
    grown = ""
    for text in texts:
        grown = longer(grown, text)
    assert grown == column(texts)
    assert len(grown.split()) <= MOST_TOKENS


def test_notes_without_end_leave_a_column_that_the_database_takes(world, said):
    cases, worker = said
    with world.scope():
        for _n in range(6):
            actions.add_note(cases["noise"].pk, text="楼上半夜还在跳舞" * 120, actor=worker)
        held = CaseWords.objects.get(case=cases["noise"].pk).inside
        assert len(held.split()) == MOST_TOKENS
        assert found("半夜还在", worker) == [cases["noise"].pk]


@pytest.mark.parametrize("few", [0, 500])
def test_pages_of_what_was_found_are_parts_of_the_whole_in_its_order(world, said, few, monkeypatch):
    """Title, said, noted and number, some of each, cut anywhere; for staff, a grid's worker and a reporter."""
    monkeypatch.setattr(finding, "FEW", few)
    cases, worker = said
    with world.scope():
        for n in range(3):
            actions.receive(f"漏水 {n}", actor=world.actor("elder"))
            actions.receive("楼道里的东西放得太久了没有人来收拾，后来发现墙角还漏水", actor=world.actor("resident"))
        actions.add_note(cases["noise"].pk, text="顺便看了漏水", actor=worker, public=False)
        actions.take(cases["light"].pk, actor=worker)
        for who in ("community_director", "grid_worker", "other_grid_worker", "elder"):
            actor = world.actor(who)
            for words in ("漏水", "漏水 楼道", cases["leak"].number, "漏", "没有这个"):
                whole = [case.pk for case in list_cases(actor, words=words)]
                parts = case_keys(actor, words=words)
                assert parts.count() == len(whole)
                for size in (1, 2, 3, 50):
                    cut = [pk for start in range(0, len(whole) + size, size) for pk in parts[start : start + size]]
                    assert cut == whole, (who, words, size)
    assert len(whole) == 0


def test_what_was_said_comes_before_what_was_noted(world, said):
    cases, worker = said
    with world.scope():
        actions.add_note(cases["noise"].pk, text="顺便看了下水道", actor=worker)
        assert found("下水道", worker) == [cases["leak"].pk, cases["noise"].pk]


def test_number_place_kind_and_handler(world, said):
    cases, worker = said
    leak = cases["leak"]
    leak.refresh_from_db()
    with world.scope():
        assert found(leak.number, worker)[0] == leak.pk
        assert found(leak.number.lower(), worker)[0] == leak.pk
        assert leak.pk in found(leak.number.rpartition("-")[2], worker)
        building = leak.building
        place = f"{building.estate.name}{building.number}幢"
        assert set(found(place, worker)) >= {case.pk for case in cases.values()}
        assert found(f"{building.estate.name} {building.number} 幢 跳舞", worker) == [cases["noise"].pk]
        actions.take(leak.pk, actor=worker)
        assert found(worker.name, worker) == [leak.pk]
        actions.reclassify(leak.pk, category="070000", level="P3", actor=world.actor("community_director"))
        from linli.understand.triage.taxonomy import category

        kind = category("070000").path("zh-hans").split("、")[0]
        assert leak.pk in found(kind, worker)


def test_answers_and_notes_are_found_by_those_who_may_read_them(world, said):
    cases, worker = said
    noise = cases["noise"].pk
    with world.scope():
        actions.take(noise, actor=worker)
        actions.add_note(noise, text="当事人有精神病史，注意方式", actor=worker, public=False)
        actions.add_note(noise, text="已经上门劝说", actor=worker, public=True)
        elder = world.actor("elder")
        assert found("精神病史", worker) == [noise]
        assert found("上门劝说", elder) == [noise]
        assert found("精神病史", elder) == []
        assert hits(list_cases(elder, words="劝说"), "劝说", elder)[noise].source
        assert hits(list_cases(elder), "精神", elder) == {}
        assert found("劝说", world.actor("other_grid_worker")) == []


def test_another_community_finds_nothing(world, other_world, said):
    with other_world.scope():
        assert found("漏水", other_world.actor("community_director")) == []


def test_numbers_that_identify_are_neither_found_nor_shown(world, said):
    _cases, worker = said
    with world.scope():
        case = actions.receive("门铃坏了，打我电话13867401234", actor=world.actor("elder")).case
        assert found("13867401234", worker) == []
        assert found("1386740", worker) == []
        assert found("门铃", worker) == [case.pk]
        shown = hits([case], "门铃", worker)[case.pk].pieces
        text = "".join(piece.text for piece in shown)
        assert "门铃坏了" in text and "1386" not in text
        assert [piece.text for piece in shown if piece.hit] == ["门铃"]


def test_a_joint_case_is_found_by_every_speaker_s_words(world, said):
    cases, worker = said
    with world.scope():
        actions.merge(cases["light"].pk, into_id=cases["leak"].pk, actor=world.actor("community_director"))
        assert set(found("楼道灯", worker)) >= {cases["leak"].pk}


def test_making_the_words_anew_changes_nothing(world, said):
    cases, worker = said
    with world.scope():
        actions.take(cases["leak"].pk, actor=worker)
        actions.add_note(cases["leak"].pk, text="换了密封圈", actor=worker)
        actions.add_note(cases["leak"].pk, text="还要再看一次", actor=worker, public=False)
        before = list(CaseWords.objects.order_by("pk").values())
        assert searching.renew(Case.objects.values_list("pk", flat=True)) == len(before)
        assert list(CaseWords.objects.order_by("pk").values()) == before
        CaseWords.objects.all().delete()
        assert found("密封圈", worker) == []
        searching.renew(searching.missing())
        assert found("密封圈", worker) == [cases["leak"].pk]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps no parts: its VACUUM is in freeing.py")
def test_nothing_of_a_word_stays_in_the_index_once_it_is_settled(world, said):
    """SQLite's index only notes what is taken out; looked for in its own pages, past the byte or two that it leaves
    out of a word because the one before has them."""
    _cases, worker = said
    rare = "龘靐".encode()[2:]

    def kept() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT block FROM casework_words_index_data")
            return any(rare in block for (block,) in cursor.fetchall())

    with world.scope():
        case = actions.receive("龘龘靐靐", actor=world.actor("elder")).case
        assert kept() and found("龘靐", worker) == [case.pk]
        searching.forget([case.pk])
        assert found("龘靐", worker) == []
        assert kept(), "else this test would say nothing"
        searching.settle()
        assert not kept()
        assert len(found("漏水", worker)) == 2


WRITTEN = st.text(alphabet="漏水楼道灯3a，。 Ａ修", min_size=0, max_size=12)


@given(text=WRITTEN, asked=st.text(alphabet="漏水楼道灯3a修", min_size=1, max_size=4))
def test_the_pairs_find_what_a_reader_would_find(text, asked):
    """Independent check: a word is found exactly where its runs stand one after another in the text."""
    (word,) = words_of(asked)
    inside = tokens(text)
    wanted = list(word.tokens)
    by_pairs = any(
        inside[n : n + len(wanted) - 1] == wanted[:-1]
        and n + len(wanted) <= len(inside)
        and (inside[n + len(wanted) - 1].startswith(wanted[-1]) if word.open_ended else inside[n + len(wanted) - 1] == wanted[-1])
        for n in range(len(inside))
    )  # fmt: skip
    by_eye = re.search(word.pattern, levelled(text)) is not None
    assert by_pairs == by_eye
    assert (excerpt(text, [word]) != []) == by_eye
