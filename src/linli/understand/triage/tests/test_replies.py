import numpy as np

from linli.understand.triage.replies import VIEWS, Answers, Question, cleaned, learn_weights, score

ANSWERS = [
    "您好！您反映的三幢电梯停运一事，维保单位已更换门机，4月2日恢复运行。",
    "您好！关于小区北门乱停车，已划线并安排保安值守。",
    "您好！加装电梯补贴每台 20 万元，请带方案和表决结果到街道办理。",
    "您好！楼道漏水系六楼水管老化，已于昨日修好。",
]


def test_the_answer_to_the_same_matter_comes_first_with_the_strings_that_both_have():
    found = Answers(ANSWERS).find(Question("加装电梯有补贴吗", "我们单元想加装电梯，补贴怎么申请？"))
    assert found[0].number == 2
    assert any("加装电梯" in string for string in found[0].shared)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_without_answers_nothing_is_found():
    assert Answers([]).find(Question("漏水", "")) == []


def test_what_names_the_asker_does_not_give_the_pair_away():
    assert "a00023583" not in cleaned("网友“A00023583”：您好！")
    assert cleaned("网友“A00023583”：您好！") == "您好!"


def test_weights_are_learnt_from_pairs_and_only_from_enough_of_them():
    rng = np.random.default_rng(0)
    views = rng.normal(size=(300, 20, len(VIEWS))).astype(np.float32)
    truth = rng.integers(0, 20, 300)
    views[np.arange(300), truth, VIEWS.index("places")] += 3
    weights = learn_weights(views[:200], truth[:200])
    assert weights is not None
    right = sum(int(score(one, weights).argmax()) == t for one, t in zip(views[200:], truth[200:], strict=True))
    assert right >= 75
    assert int(np.abs(weights.weight).argmax()) == VIEWS.index("places")
    assert learn_weights(views[:50], truth[:50]) is None
