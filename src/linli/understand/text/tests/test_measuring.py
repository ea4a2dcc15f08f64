import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.understand.text.measuring import accuracy, bcubed, f1, macro_f1

PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)


@given(PAIRS)
def test_bcubed_is_what_its_definition_says_item_by_item(pairs):
    found, truth = zip(*pairs, strict=True)
    precision = recall = 0.0
    for i in range(len(pairs)):
        together = [j for j in range(len(pairs)) if found[j] == found[i]]
        belong = [j for j in range(len(pairs)) if truth[j] == truth[i]]
        both = len(set(together) & set(belong))
        precision += both / len(together) / len(pairs)
        recall += both / len(belong) / len(pairs)
    got = bcubed(found, truth)
    assert got[:2] == pytest.approx((precision, recall))
    assert got[2] == pytest.approx(2 * precision * recall / (precision + recall))


@given(PAIRS)
def test_macro_f1_and_accuracy_agree_with_scikit_learn(pairs):
    from sklearn.metrics import accuracy_score, f1_score

    found, truth = zip(*pairs, strict=True)
    assert macro_f1(found, truth) == pytest.approx(f1_score(truth, found, average="macro", zero_division=0))
    assert accuracy(found, truth) == pytest.approx(accuracy_score(truth, found))


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_f1_is_the_harmonic_mean_of_precision_and_recall(right, more_found, more_there):
    precision, recall, both = f1(right, right + more_found, right + more_there)
    if precision + recall:
        assert both == pytest.approx(2 * precision * recall / (precision + recall))
    else:
        assert both == 0
