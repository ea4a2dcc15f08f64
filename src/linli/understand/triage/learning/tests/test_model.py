import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.understand.triage.learning.calibrating import calibration_error, fit_scaling
from linli.understand.triage.learning.model import Model, UnreadableModel, softmax
from linli.understand.triage.learning.training import Labelled, TooFewLabels, train

MATTERS = {
    "050300": ("楼道漏水", "屋顶渗水", "天花板滴水", "卫生间漏水到楼下", "墙面渗水发霉"),
    "150300": ("楼上噪音很大", "半夜拖椅子太吵", "邻居放音乐很响", "凌晨装修声音吵", "楼上小孩跑跳吵闹"),
    "080100": ("外来车乱停", "车位被人占了", "消防通道停满汽车", "门口违停堵路", "电动车乱停放"),
}
WHERE = ("三幢", "我们楼", "二单元", "小区北门", "顶楼", "一楼")
ASKS = ("请尽快处理", "好几天了", "没有人管", "麻烦来看看", "已经反映过")


def messages(n: int, seed: int) -> list[Labelled]:
    chance = random.Random(seed)
    rows = []
    for _ in range(n):
        label = chance.choice(sorted(MATTERS))
        rows.append(Labelled(f"{chance.choice(WHERE)}{chance.choice(MATTERS[label])}，{chance.choice(ASKS)}", label))
    return rows


@pytest.fixture(scope="module")
def model() -> Model:
    return train(messages(120, 1))


def test_it_tells_matters_apart_on_messages_that_it_has_not_seen(model):
    fresh = messages(60, 2)
    assert sum(model.suggest(row.text)[0].label == row.label for row in fresh) >= 58


def test_the_words_that_led_there_are_words_of_the_message(model):
    words = "二单元楼道漏水，请尽快处理"
    first = model.suggest(words)[0]
    assert first.label == "050300"
    assert first.evidence
    assert all(word in words for word in first.evidence)
    assert any("水" in word for word in first.evidence)


@settings(max_examples=50)
@given(st.text(max_size=100))
def test_any_text_gets_chances_that_add_up_to_one(model, text):
    suggestions = model.suggest(text, at_most=10)
    assert sum(s.confidence for s in suggestions) == pytest.approx(1, abs=1e-4)
    assert [s.confidence for s in suggestions] == sorted((s.confidence for s in suggestions), reverse=True)


def test_a_stored_model_says_the_same(model, tmp_path):
    path = tmp_path / "model.npz"
    assert model.save(path) == path.stat().st_size
    again = Model.load(path)
    texts = [row.text for row in messages(30, 3)]
    assert np.allclose(model.probabilities(texts), again.probabilities(texts), atol=0.01)


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04 broken"])
def test_what_is_no_model_is_refused(content):
    with pytest.raises(UnreadableModel):
        Model.from_bytes(content)


def test_a_file_that_would_execute_something_is_refused(tmp_path):
    import io

    class Trap:
        def __reduce__(self):
            return (exec, ("raise SystemExit",))

    out = io.BytesIO()
    np.savez(out, head=np.array([Trap()], dtype=object))
    with pytest.raises(UnreadableModel):
        Model.from_bytes(out.getvalue())


def test_one_category_alone_cannot_be_learnt():
    with pytest.raises(TooFewLabels):
        train([Labelled("楼道漏水", "050300")] * 10)


def test_words_of_the_taxonomy_speak_for_a_category_without_any_message():
    seeds = {"050300": ["漏水", "渗水"], "160400": ["狗叫", "犬吠"], "150300": ["噪音", "太吵"]}
    model = train([row for row in messages(40, 4) if row.label != "080100"], seeds=seeds)
    assert model.suggest("隔壁狗叫，犬吠一整夜")[0].label == "160400"


def test_unlabelled_messages_help_when_there_are_few_labels():
    few, spare, fresh = messages(9, 5), [row.text for row in messages(200, 6)], messages(80, 7)

    def right(model: Model) -> int:
        return sum(model.suggest(row.text)[0].label == row.label for row in fresh)

    assert right(train(few, unlabelled=spare)) >= right(train(few)) - 2


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50),
)
def test_calibration_error_is_a_share_and_0_for_what_is_exactly_true(pairs):
    confidence, right = (np.array(v, dtype=float) for v in zip(*pairs, strict=True))
    assert 0 <= calibration_error(confidence, right) <= 1
    assert calibration_error(right, right) == 0


def test_scaling_makes_overconfident_scores_honest():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 2000)
    scores = rng.normal(size=(2000, 3)) * 8
    scores[np.arange(2000), truth] += 4
    raw, scaling = softmax(scores), fit_scaling(scores, truth)
    fitted = softmax(scores * scaling.temperature + scaling.offsets)
    right = (scores.argmax(axis=1) == truth).astype(float)
    assert calibration_error(fitted.max(axis=1), right) < calibration_error(raw.max(axis=1), right) / 3
