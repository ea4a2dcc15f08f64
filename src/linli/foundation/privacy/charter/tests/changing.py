"""What the tests of the charter have in common: a change that is written, proposed, approved and in force."""

from __future__ import annotations

from datetime import timedelta

from linli.foundation import clock
from linli.foundation.privacy.charter import actions, telling
from linli.foundation.privacy.charter.models import Change
from linli.foundation.privacy.charter.register import shipped_document
from linli.foundation.privacy.charter.rules.document import by_key

PUBLICITY = timedelta(days=8)


def shipped(key: str) -> dict:
    return dict(by_key(shipped_document())[key])


def drafted(world, *written: dict, removed: tuple[str, ...] = (), by: str = "community_director") -> Change:
    change = actions.start_change(actor=world.actor(by))
    for facts in written:
        change = actions.write_purpose(change.pk, facts, actor=world.actor(by))
    for key in removed:
        change = actions.remove_purpose(change.pk, key, actor=world.actor(by))
    return change


def proposed(world, *written: dict, by: str = "community_director", clearer: tuple[str, ...] = (), **more) -> Change:
    change = drafted(world, *written, by=by, **more)
    return actions.propose(
        change.pk, "大家说留得太久。", "People said it is kept too long.", clearer=clearer, actor=world.actor(by)
    )


def announced(world, *written: dict, by: str = "community_director", second: str = "dpo", **more) -> Change:
    change = proposed(world, *written, by=by, **more)
    return actions.approve(change.pk, actor=world.actor(second))


def tell_everybody() -> None:
    while telling.tell_some():
        pass


def in_force_after(world, *written: dict, **more) -> Change:
    """Announced now; the publicity passes, and it takes effect. The clock must be held by the caller."""
    change = announced(world, *written, **more)
    tell_everybody()
    with clock.frozen(clock.now() + PUBLICITY):
        assert actions.take_effect_due() == 1
    change.refresh_from_db()
    return change
