import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from linli.understand.text.addresses.tagging import Part, features, lexicon_of, parts_of, train

TAGS = st.lists(st.sampled_from(["O", "B-road", "I-road", "B-roadno", "I-roadno", "B-poi", "I-poi"]), max_size=20)
ESTATES, ROADS = ("双菱新村", "采荷人家", "红梅公寓", "东新家园"), ("文三路", "凯旋路", "艮山西路", "秋涛北路")


def written(chance: random.Random) -> tuple[list[str], list[str]]:
    parts = [
        (chance.choice(ROADS), "road"), (str(chance.randint(1, 999)), "roadno"), ("号", "roadno+"),
        (chance.choice(ESTATES), "poi"), (str(chance.randint(1, 60)), "houseno"), ("幢", "houseno+"),
        (str(chance.randint(101, 1804)), "roomno"), ("室", "roomno+"),
    ]  # fmt: skip
    tokens, tags = [], []
    for text, label in parts:
        pieces = [text] if text.isdigit() else list(text)
        for n, piece in enumerate(pieces):
            tokens.append(piece)
            tags.append(f"I-{label[:-1]}" if label.endswith("+") else f"{'I' if n else 'B'}-{label}")
    return tokens, tags


@given(TAGS)
def test_parts_are_well_formed_apart_and_cover_every_token_that_is_in_one(tags):
    parts = parts_of(tags)
    assert all(part.start < part.end and part.label for part in parts)
    assert all(one.end <= other.start for one, other in pairwise(parts))
    covered = {n for part in parts for n in range(part.start, part.end)}
    assert covered == {n for n, tag in enumerate(tags) if tag != "O"}


@given(st.lists(st.sampled_from("杭州市文三路12号双菱新村A座-3"), max_size=25))
def test_every_token_gets_features_whatever_stands_there(tokens):
    assert len(features(tokens, {"杭州": {"city": 3}})) == len(tokens)


def test_a_lexicon_counts_strings_without_numbers_by_label():
    tokens, tags = written(random.Random(1))
    found = lexicon_of([(tokens, tags)] * 2)
    assert set(found) & set(ROADS)
    assert all(not any(c.isdigit() for c in string) for string in found)


def test_a_tagger_learns_addresses_and_reads_new_ones(tmp_path):
    chance = random.Random(2)
    tagger = train([written(chance) for _ in range(120)], tmp_path / "a.crf", rounds=30)
    fresh = [written(chance) for _ in range(40)]
    right = sum(tagger.tags(tokens) == tags for tokens, tags in fresh)
    assert right >= 36
    tokens, _ = fresh[0]
    parts = tagger.parts(tokens)
    assert [part.label for part in parts] == ["road", "roadno", "poi", "houseno", "roomno"]
    assert parts[0] == Part(0, len(parts and [*"".join(tokens).partition("路")[0], "路"]), "road")
    assert tagger.tags([]) == []
