"""State machines as tables: from, verb, to, who, and what must be given.

A domain declares one :class:`StateTable` in its ``models.py``; its actions ask the table for each transition, so
that what is not declared cannot happen. The table draws its own diagram for the docs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.foundation.errors import Conflict, Invalid


class Undeclared(Conflict):
    """The table does not declare this verb in this state."""

    code = "undeclared_transition"

    def __init__(self, state: str, verb: str):
        super().__init__(_("现在的状态不能做这一步，请刷新后再看。"), state=state, verb=verb)


@dataclass(frozen=True)
class Transition:
    """``verb`` leads from any of ``from_states`` to ``to``; ``to=None`` leaves the state as it is.

    ``who`` names permission predicates that the domain resolves; holding one of them is enough. ``needs`` names
    what must be given: ``reason``, ``text``, ``photo``, ``outcome``, ``review_on``.
    """

    verb: str
    from_states: Set[str]
    to: str | None
    who: Set[str] = frozenset()
    needs: Set[str] = frozenset()

    def __post_init__(self) -> None:
        for name in ("from_states", "who", "needs"):
            given = getattr(self, name)
            if isinstance(given, str):
                raise TypeError(f"{self.verb}: {name} is a collection of strings, not one string")
            object.__setattr__(self, name, frozenset(str(item) for item in given))
        if self.to is not None:
            object.__setattr__(self, "to", str(self.to))

    def target(self, state: str) -> str:
        """The state after this transition out of ``state``."""
        return str(state) if self.to is None else self.to

    def missing(self, given: Mapping[str, Any]) -> list[str]:
        """Names in ``needs`` that ``given`` leaves out or empty, in alphabetical order."""
        return sorted(name for name in self.needs if given.get(name) in (None, "", [], ()))

    def require(self, given: Mapping[str, Any]) -> None:
        """Raise :class:`Invalid` for the first thing that is needed and was not given."""
        for name in self.missing(given):
            raise Invalid(_("还缺一项，补上才能继续。"), code="missing", field=name)


class StateTable:
    """All transitions of one kind of thing; raises :class:`ValueError` when the declaration contradicts itself."""

    def __init__(self, *, initial: str, states: Iterable[str], transitions: Iterable[Transition]):
        self.initial = str(initial)
        self.states = tuple(str(state) for state in states)
        self.transitions = tuple(transitions)
        self._by_step: dict[tuple[str, str], Transition] = {}
        if self.initial not in self.states:
            raise ValueError(f"initial state {self.initial} is not among the states")
        for transition in self.transitions:
            unknown = (transition.from_states | {transition.target(self.initial)}) - set(self.states)
            if unknown:
                raise ValueError(f"{transition.verb} names unknown states: {sorted(unknown)}")
            for state in transition.from_states:
                if (state, transition.verb) in self._by_step:
                    raise ValueError(f"{transition.verb} is declared twice from {state}")
                self._by_step[state, transition.verb] = transition

    @property
    def verbs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(transition.verb for transition in self.transitions))

    def allowed(self, state: str) -> tuple[Transition, ...]:
        """Everything that may happen in ``state``, in the order of declaration."""
        return tuple(transition for transition in self.transitions if str(state) in transition.from_states)

    def transition(self, state: str, verb: str) -> Transition:
        """The declared transition; raises :class:`Undeclared`."""
        try:
            return self._by_step[str(state), verb]
        except KeyError:
            raise Undeclared(str(state), verb) from None

    def steps(self) -> Iterator[tuple[str, str, Transition | None]]:
        """Every state × every verb with its transition, or None where it is not declared: for exhaustive tests."""
        for state in self.states:
            for verb in self.verbs:
                yield state, verb, self._by_step.get((state, verb))

    def reachable(self) -> frozenset[str]:
        """States that some sequence of verbs reaches from the initial one."""
        found, frontier = {self.initial}, [self.initial]
        while frontier:
            state = frontier.pop()
            for transition in self.allowed(state):
                target = transition.target(state)
                if target not in found:
                    found.add(target)
                    frontier.append(target)
        return frozenset(found)

    def final(self) -> frozenset[str]:
        """States that nothing leads out of."""
        return frozenset(state for state in self.states if all(t.target(state) == state for t in self.allowed(state)))

    def diagram(self, *, from_at_most: int | None = None) -> str:
        """Mermaid ``stateDiagram-v2``; verbs that leave the state as it is are not drawn.

        ``from_at_most`` leaves out verbs that lead out of more states than that: they would hide the path.
        """
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        for transition in self.transitions:
            if from_at_most is not None and len(transition.from_states) > from_at_most:
                continue
            for state in self.states:
                if state in transition.from_states and transition.target(state) != state:
                    lines.append(f"    {state} --> {transition.to}: {transition.verb}")
        lines += [f"    {state} --> [*]" for state in self.states if state in self.final()]
        return "\n".join(lines) + "\n"
