"""The demo's own people: what they asked for can be played, and every kind of page has something on it."""

import io
from itertools import pairwise

from PIL import Image

from linli.act.casework.actions import VERBS
from linli.act.casework.models import WORKFLOW
from linli.simulator.people.matters import MATTERS
from linli.simulator.people.pictures import picture
from linli.understand.triage.first_guess import guess


def test_each_step_follows_the_state_table_and_comes_later_than_the_one_before():
    for matter in MATTERS:
        assert all(a.hours < b.hours for a, b in pairwise(matter.steps)), matter.key
        state = "submitted"
        for step in matter.steps:
            assert step.verb in VERBS
            transition = WORKFLOW.transition(state, step.verb)
            state = "dispatched" if step.verb == "accept" else transition.target(state)


def test_no_words_are_an_emergency_that_would_skip_the_desk():
    assert not {m.key for m in MATTERS if guess(m.words).level in {"P0", "P1"}}


def test_there_is_something_done_something_to_rate_and_something_in_work():
    last = {(m.who, m.steps[-1].verb) for m in MATTERS}
    assert {("resident", "rate"), ("resident", "feed_back"), ("resident", "note")} <= last
    assert {("elder", "rate"), ("elder", "feed_back"), ("daughter", "rate"), ("daughter", "contact")} <= last
    assert sum(m.who == "neighbour" for m in MATTERS) >= 2


def test_every_picture_that_is_shown_can_be_drawn():
    shown = {m.picture for m in MATTERS} | {s.picture for m in MATTERS for s in m.steps}
    for name in shown - {""}:
        with Image.open(io.BytesIO(picture(name))) as image:
            assert image.size == (800, 600)
