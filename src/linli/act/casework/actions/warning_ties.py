"""A case and its warnings move together: whoever works on the one has worked on the others.

Its warnings are the one that opened it and those of the cases merged into it, wherever these are: whoever may work on the
case may say what was found of all of them.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from linli.act.casework.models import Case
from linli.act.casework.queries.its_warnings import warnings_of, without_finding
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid
from linli.understand.warnings import actions as warnings
from linli.understand.warnings.arriving import arrival_term
from linli.understand.warnings.models import LONGEST_NOTE, Warning


def acknowledge_with(case: Case, actor: Actor) -> None:
    """Taking or starting the case is having seen its warnings."""
    for warning in warnings_of(case).filter(state=Warning.State.OPEN):
        warnings.acknowledge(warning, actor=actor, by_case=True)


def arrive_with(case: Case, actor: Actor) -> None:
    """Whoever says to be at the place is there."""
    for warning in without_finding(case):
        warnings.arrive(warning, actor=actor, by_case=True)


def outsider_arrives_with(case: Case, actor: Actor) -> None:
    """Somebody from outside is there: an arrival where staff said that they go; nobody of the staff has answered by it."""
    for warning in without_finding(case):
        if warning.state == Warning.State.ACKNOWLEDGED:
            warnings.arrive(warning, actor=actor, by_case=True)


def must_have_been_there(case: Case, actor: Actor, *, on_site: bool) -> None:
    """Nobody ends danger to life from a chair: while a device of the case goes on telling it and nobody has arrived, only who was
    ``on_site``. Raises :class:`Invalid` ``must_be_there`` on that field."""
    if on_site or actor.system:
        return
    if any(one.sounds_unseen for one in warnings_of(case).active().select_for_update(of=("self",))):
        raise Invalid(
            _("设备还在报警，还没有人说到了现场。到现场看过了，才能算办完。"), code="must_be_there", field="on_site"
        )


def handle_with(case: Case, actor: Actor, finding: str, *, on_site: bool) -> None:
    """The result of the case says what was found of every warning of which nobody has said it yet; anything but ``true``
    dismisses them, by their own rule of who may say so: ``on_site`` and the result as the reason."""
    for warning in without_finding(case):
        if finding == Warning.Finding.TRUE:
            warnings.handle(warning, actor=actor, finding=finding, on_site=on_site, by_case=True)
        else:
            note = case.result[:LONGEST_NOTE]
            warnings.dismiss(warning, actor=actor, finding=finding, note=note, on_site=on_site, by_case=True)


def clear_with(case: Case, actor: Actor) -> None:
    """A closed case leaves no handled warning behind; what triggers later is a new one."""
    for warning in warnings_of(case).filter(state=Warning.State.HANDLED):
        warnings.clear(warning, actor=actor, by_case=True)


def let_go_of(case: Case, actor: Actor) -> None:
    """The case has ended elsewhere than in a result: what was found is over, and of the rest somebody else must go. Who is at
    the place already stays with it."""
    clear_with(case, actor)
    for warning in without_finding(case):
        if warning.awaits_arrival:
            warnings.give_back(warning, actor=actor)


def go_with(case: Case, actor: Actor, *, before: int | None) -> bool:
    """Whoever has the case goes for its warnings instead of ``before``, who had it, said that they go and is not there yet.
    Without a handler nobody does: what ``before`` was to go for is open again. Somebody else who is on the way stays so. Returns whether
    somebody who is waited for goes instead of another, of which both are told."""
    changed = False
    for warning in without_finding(case):
        if not warning.awaits_arrival or not warning.taken_by(before):
            continue
        if case.handler_id is None:
            warnings.give_back(warning, actor=actor, by=before)
        elif case.handler_id != before:
            after = warnings.hand_to(warning, account_id=case.handler_id, actor=actor)
            changed |= after.taken_by(case.handler_id) and arrival_term(after) is not None
    return changed


def give_back_with(case: Case, actor: Actor) -> None:
    """Whoever returns the case does not go, and is not asked again first."""
    for warning in without_finding(case):
        if warning.taken_by(actor.account_id):
            warnings.give_back(warning, actor=actor, by=actor.account_id)
