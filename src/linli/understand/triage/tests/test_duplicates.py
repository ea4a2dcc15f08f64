from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from linli.understand.triage.duplicates import ALIKE, NEAR_METRES, Resemblance, Said, allowed_gap, candidates

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
LEAK = "三幢二单元楼道漏水，地上湿滑，老人差点摔倒"
SAME = "三幢二单元楼道漏水，地上湿滑，没有人管"


def said(key, words=LEAK, **more) -> Said:
    given_ = {"said_at": NOON, "category": "050300", "place": 3} | more
    return Said(key, words, **given_)


def test_two_reports_of_one_leak_are_offered_with_what_speaks_for_it():
    found = candidates(
        [said(1), said(2, SAME, said_at=NOON + timedelta(hours=5)), said(3, "健身器材坏了要修", place=3)]
    )
    assert [(pair.earlier.key, pair.later.key) for pair in found] == [(1, 2)]
    assert found[0].similarity >= ALIKE
    assert found[0].gap == timedelta(hours=5)
    assert found[0].same_place
    assert "漏水" in found[0].shared


def test_another_category_or_place_or_much_later_is_another_trouble():
    other = [
        said(2, SAME, category="050400"),
        said(3, SAME, place=9),
        said(4, SAME, place=None),
        said(5, SAME, said_at=NOON + timedelta(days=15)),
    ]
    for one in other:
        assert candidates([said(1), one]) == []


def test_urgent_ones_are_one_for_three_days_only():
    later = NOON + timedelta(hours=73)
    assert candidates([said(1), said(2, SAME, said_at=later)])
    assert candidates([said(1, level="P1"), said(2, SAME, said_at=later)]) == []


def test_a_pin_at_most_fifty_metres_away_is_the_same_place():
    here = said(1, place=None, x=0.0, y=0.0)
    assert candidates([here, said(2, SAME, place=None, x=NEAR_METRES, y=0.0)])
    assert candidates([here, said(2, SAME, place=None, x=NEAR_METRES + 0.1, y=0.0)]) == []


@settings(max_examples=40)
@given(
    st.lists(
        st.builds(
            lambda words, hours, place, level: (words, hours, place, level),
            st.text("三幢漏水电梯停路灯坏了请修", max_size=12),
            st.integers(0, 600),
            st.sampled_from([1, 2, None]),
            st.sampled_from(["P0", "P1", "P2", "Q"]),
        ),
        max_size=8,
    )
)
def test_whatever_is_offered_keeps_every_condition_of_the_rule(given_):
    requests = [
        said(n, words, said_at=NOON + timedelta(hours=hours), place=place, level=level)
        for n, (words, hours, place, level) in enumerate(given_)
    ]
    for pair in candidates(requests):
        assert pair.similarity >= ALIKE and pair.similarity <= 1
        assert pair.gap <= allowed_gap(pair.earlier, pair.later)
        assert pair.earlier.place == pair.later.place is not None
        assert pair.earlier.said_at <= pair.later.said_at


def test_many_reports_of_one_trouble_do_not_hide_each_other():
    outage = [said(n, f"整幢楼停电了，第{n}户，电梯也停了，请快来人", category="050200") for n in range(60)]
    resemblance = Resemblance(one.words for one in outage)
    assert resemblance.between(outage[0].words, outage[1].words) >= ALIKE


def test_the_same_words_are_as_alike_as_can_be_and_order_does_not_matter():
    resemblance = Resemblance([LEAK, SAME, "路灯坏了"])
    assert resemblance.between(LEAK, LEAK) > resemblance.between(LEAK, SAME) > resemblance.between(LEAK, "路灯坏了")
    assert resemblance.between(LEAK, SAME) == resemblance.between(SAME, LEAK)
    assert resemblance.between("", LEAK) == 0
