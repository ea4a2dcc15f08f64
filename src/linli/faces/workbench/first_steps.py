"""The first steps of a P0 as a page shows them, with the numbers to call."""

from __future__ import annotations

from typing import Any

from linli.act.casework.queries.coming import who_comes_too
from linli.foundation.accounts.actor import Actor
from linli.understand.warnings.first_steps import first_steps
from linli.understand.warnings.models import Warning


def steps_for(warning: Warning | None, actor: Actor, *, seen: bool) -> dict[str, Any]:
    """``first`` and ``coming`` for the template; nothing once the warning has ended or for what is no P0.

    ``seen`` as in :class:`~linli.understand.warnings.seeing.Told`.
    """
    if warning is None or warning.state not in Warning.LIVE:
        return {}
    first = first_steps(warning.kind, warning.level, seen=seen)
    if first is None:
        return {}
    return {"first": first, "coming": who_comes_too(warning, first.unit, actor) if seen else []}
