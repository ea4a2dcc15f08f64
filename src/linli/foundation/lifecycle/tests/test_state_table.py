import pytest

from linli.foundation.errors import Conflict, Invalid
from linli.foundation.lifecycle.state_table import StateTable, Transition, Undeclared

DOOR = StateTable(
    initial="closed",
    states=["closed", "open", "locked", "removed"],
    transitions=[
        Transition("open", {"closed"}, "open", who={"anyone"}),
        Transition("close", {"open"}, "closed"),
        Transition("lock", {"closed"}, "locked", who={"owner"}, needs={"key"}),
        Transition("unlock", {"locked"}, "closed", who={"owner"}, needs={"key"}),
        Transition("look", {"closed", "open", "locked"}, None),
        Transition("remove", {"closed", "open"}, "removed", needs={"reason", "outcome"}),
    ],
)


def test_every_state_and_verb_is_either_declared_or_refused():
    declared = 0
    for state, verb, transition in DOOR.steps():
        if transition is None:
            with pytest.raises(Undeclared) as refused:
                DOOR.transition(state, verb)
            assert isinstance(refused.value, Conflict)
            assert refused.value.details == {"state": state, "verb": verb}
        else:
            declared += 1
            assert DOOR.transition(state, verb) is transition
            assert transition in DOOR.allowed(state)
    assert declared == 9


def test_all_states_are_reachable_and_only_the_end_is_final():
    assert DOOR.reachable() == set(DOOR.states)
    assert DOOR.final() == {"removed"}


def test_a_state_that_nothing_leads_to_is_found():
    table = StateTable(initial="a", states=["a", "b"], transitions=[Transition("stay", {"a"}, None)])
    assert table.reachable() == {"a"}


def test_what_must_be_given_is_asked_for_by_name():
    remove = DOOR.transition("open", "remove")
    assert remove.missing({"reason": "broken", "outcome": ""}) == ["outcome"]
    with pytest.raises(Invalid) as refused:
        remove.require({"outcome": "gone"})
    assert refused.value.field == "reason"
    remove.require({"reason": "broken", "outcome": "gone"})


@pytest.mark.parametrize(
    "transitions",
    [
        [Transition("go", {"a"}, "b"), Transition("go", {"a"}, "a")],
        [Transition("go", {"a"}, "nowhere")],
        [Transition("go", {"nowhere"}, "a")],
    ],
)
def test_a_table_that_contradicts_itself_is_refused(transitions):
    with pytest.raises(ValueError):
        StateTable(initial="a", states=["a", "b"], transitions=transitions)


def test_one_string_is_not_taken_for_a_set_of_letters():
    with pytest.raises(TypeError):
        Transition("open", "closed", "open")


def test_the_diagram_draws_every_change_of_state_once():
    lines = DOOR.diagram().splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> closed"]
    assert lines.count("    closed --> locked: lock") == 1
    assert not any("look" in line for line in lines)
    assert "    removed --> [*]" in lines
