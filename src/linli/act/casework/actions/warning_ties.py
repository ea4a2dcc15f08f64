"""A case and the warning that opened it move together: whoever works on the one has worked on the other."""

from __future__ import annotations

from linli.act.casework.models import Case
from linli.foundation.accounts.actor import Actor
from linli.understand.warnings import actions as warnings
from linli.understand.warnings.models import LONGEST_NOTE, Warning


def acknowledge_with(case: Case, actor: Actor) -> None:
    """Taking or starting the case is having seen the warning."""
    if (warning := _warning(case)) is not None and warning.state == Warning.State.OPEN:
        warnings.acknowledge(warning, actor=actor)


def arrive_with(case: Case, actor: Actor) -> None:
    """Whoever writes what the place is like is there."""
    if (warning := _warning(case)) is not None and warning.state in (Warning.State.OPEN, Warning.State.ACKNOWLEDGED):
        warnings.arrive(warning, actor=actor)


def outsider_arrives_with(case: Case, actor: Actor) -> None:
    """Somebody from outside is there: an arrival where staff said that they go; nobody of the staff has answered by it."""
    if (warning := _warning(case)) is not None and warning.state == Warning.State.ACKNOWLEDGED:
        warnings.arrive(warning, actor=actor)


def handle_with(case: Case, actor: Actor, finding: str, *, on_site: bool) -> None:
    """The result of the case says what was found; anything but ``true`` dismisses the warning, by its own rule of who may
    say so: ``on_site`` and the result as the reason."""
    warning = _warning(case)
    if warning is None or warning.state not in (Warning.State.OPEN, Warning.State.ACKNOWLEDGED):
        return
    if finding == Warning.Finding.TRUE:
        warnings.handle(warning, actor=actor, finding=finding)
    else:
        warnings.dismiss(warning, actor=actor, finding=finding, note=case.result[:LONGEST_NOTE], on_site=on_site)


def clear_with(case: Case, actor: Actor) -> None:
    """A closed case leaves no handled warning behind; what triggers later is a new one."""
    if (warning := _warning(case)) is not None and warning.state == Warning.State.HANDLED:
        warnings.clear(warning, actor=actor)


def _warning(case: Case) -> Warning | None:
    return Warning.objects.filter(pk=case.warning_id).first() if case.warning_id is not None else None
