"""What findings teach: past warnings of a rule are played again with other numbers, and a better one is proposed.

A person decides; nothing here changes a rule by itself. Only readings that may be looked at now are looked at.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.tenancy import active_community_id
from linli.understand.warnings.changing_rules import change_rule, may_change_rules, settle
from linli.understand.warnings.detectors.base import Seen
from linli.understand.warnings.models import Proposal, Warning
from linli.understand.warnings.previewing import run, seen_of, sources_of
from linli.understand.warnings.proposing import FEWEST_FINDINGS, Outcome, better, candidates
from linli.understand.warnings.queries import RECORD_DAYS
from linli.understand.warnings.rules import InForce, rules_in_force
from linli.understand.warnings.shipped import Setting, detector_of

log = logging.getLogger(__name__)

AGAIN_AFTER = 5
"""New findings after which a rule about which a person has decided is looked at again."""
MOST_WARNINGS = 60
LONGEST_EPISODE = timedelta(hours=12)
OWN_DAYS = timedelta(days=42)
"""What detectors that compare a home with its own past must have seen first."""
LOOKS_BACK = frozenset({"own_days", "rhythm"})
SECONDS = 60.0
_SPAN = {"s": timedelta(seconds=1), "min": timedelta(minutes=1), "h": timedelta(hours=1)}
_TEACHES = (Warning.Finding.TRUE, Warning.Finding.FALSE, Warning.Finding.AWAY)
"""A broken device or somebody who does not want to be asked says nothing about a number."""


def propose_changes() -> int:
    """Look at every rule that has new findings and write down what they propose; returns how many proposals are new."""
    made = 0
    for rule in rules_in_force().values():
        taught = list(findings_of(rule.shipped.key)[:MOST_WARNINGS]) if rule.on else []
        if len(taught) >= FEWEST_FINDINGS and _is_news(rule, taught):
            made += _propose(rule, taught)
    return made


def findings_of(key: str):
    """Ended warnings of the rule that teach something about its numbers, of the last 90 days, newest first."""
    since = clock.now() - timedelta(days=RECORD_DAYS)
    rows = Warning.objects.filter(kind=key, opened_at__gte=since, finding__in=_TEACHES, held_for="").exclude(source="")
    return rows.order_by("-opened_at", "-pk")


def open_proposals() -> dict[str, Proposal]:
    """By rule, what waits for a person to decide; nothing that was made for another number than the one in force."""
    rules = rules_in_force()
    rows = Proposal.objects.filter(state=Proposal.State.OPEN, rule__in=rules)
    return {row.rule: row for row in rows if rules[row.rule].configured.settings.get(row.setting) == row.before}


def apply_proposal(key: str, *, actor: Actor, reason: str = "") -> InForce:
    """Put the proposed number into force, the others as they are. Raises :class:`NotAllowed`, :class:`NotFound`, and
    :class:`Conflict` ``outdated`` if the rule has been changed since.

    Where that weakens a rule about danger to life it waits for a second person, as any such change does; the proposal is
    settled by what that person says.
    """
    with transaction.atomic():
        row = _waiting(key, actor)
        rule = rules_in_force()[key]
        if rule.configured.number(row.setting) != row.before:
            raise Conflict(_("这条规则后来改过，这条建议过时了。"), code="outdated")
        settings = {**rule.configured.settings, row.setting: row.value}
        rule = change_rule(key, on=rule.on, settings=settings, actor=actor, reason=reason, proposal=row)
        if rule.configured.number(row.setting) == row.value:
            settle(row, Proposal.State.APPLIED, actor)
    return rule


def decline_proposal(key: str, *, actor: Actor) -> None:
    """Leave the rule as it is; it is proposed again only when there are more findings."""
    with transaction.atomic():
        settle(_waiting(key, actor), Proposal.State.DECLINED, actor)


def _waiting(key: str, actor: Actor) -> Proposal:
    if not may_change_rules(actor):
        raise NotAllowed
    row = Proposal.objects.select_for_update(of=("self",)).filter(rule=key, state=Proposal.State.OPEN).first()
    if row is None:
        raise NotFound
    return row


def _is_news(rule: InForce, taught: Sequence[Warning]) -> bool:
    last = Proposal.objects.filter(rule=rule.shipped.key).order_by("-made_at", "-pk").first()
    if last is None:
        return True
    if last.state == Proposal.State.OPEN:
        changed = rule.configured.number(last.setting) != last.before
        return changed or any(one.ended_at and one.ended_at > last.made_at for one in taught)
    since = last.decided_at or last.made_at
    return sum(bool(one.ended_at and one.ended_at > since) for one in taught) >= AGAIN_AFTER


def _propose(rule: InForce, taught: Sequence[Warning]) -> bool:
    """The best single number of all, written down in the place of an earlier proposal; whether there is one."""
    episodes = _episodes(rule, taught)
    best, stop = None, time.monotonic() + SECONDS
    for setting in rule.shipped.settings.values():
        if setting.key in {"from", "until"} or time.monotonic() > stop:
            continue
        now = rule.configured.number(setting.key)
        values = candidates(setting.least, setting.most, now, whole=setting.whole)
        outcomes = [_played(rule, setting, values, one, seen) for one, seen in episodes]
        found = better(outcomes, values, now)
        if found is not None and (best is None or found.dropped > best[1].dropped):
            best = (setting, found)
    actor = Actor.for_system("learning", active_community_id())
    with transaction.atomic():
        key = rule.shipped.key
        Proposal.objects.filter(rule=key, state=Proposal.State.OPEN).update(
            state=Proposal.State.OUTDATED, decided_at=clock.now()
        )
        if best is None:
            return False
        setting, found = best
        row = Proposal.objects.create(
            rule=key, setting=setting.key, before=rule.configured.number(setting.key), value=found.value, true=found.true,
            false=found.false, dropped=found.dropped, later_minutes=round(found.later_minutes), findings=len(taught),
            made_at=clock.now(),
        )  # fmt: skip
        record("warnings.proposal_made", row, actor=actor, rule=key, setting=setting.key, value=found.value)
    return True


def _episodes(rule: InForce, taught: Sequence[Warning]) -> list[tuple[Warning, Sequence[Seen]]]:
    """Each warning with what its source said from before it could begin until it was over."""
    detector = detector_of(rule.configured)
    sources = sources_of(detector)
    before = _warm_up(rule)
    episodes: list[tuple[Warning, Sequence[Seen]]] = []
    for one in taught:
        if one.source in sources:
            seen = seen_of(detector, {one.source: sources[one.source]}, one.opened_at - before, _end(one))
            episodes.append((one, seen[one.source]))
    return episodes


def _warm_up(rule: InForce) -> timedelta:
    """The longest that any of its numbers may make it wait, and an hour."""
    waits = [_SPAN[one.unit] * one.most for one in rule.shipped.settings.values() if one.unit in _SPAN]
    past = OWN_DAYS if rule.shipped.kind in LOOKS_BACK else timedelta(hours=1)
    return max(waits, default=timedelta(0)) + past


def _end(warning: Warning) -> datetime:
    over = warning.condition_ended_at or warning.ended_at or warning.opened_at + LONGEST_EPISODE
    return max(warning.opened_at + timedelta(seconds=1), min(over, warning.opened_at + LONGEST_EPISODE))


def _played(
    rule: InForce, setting: Setting, values: Sequence[float], warning: Warning, seen: Sequence[Seen]
) -> Outcome:
    true = warning.finding == Warning.Finding.TRUE
    minutes: dict[float, float | None] = {}
    for value in values:
        asked = replace(rule.configured, settings={**rule.configured.settings, setting.key: _number(setting, value)})
        minutes[value] = _minutes(warning, [at for at, _said in run(detector_of(asked), seen, _end(warning))])
    return Outcome(true, minutes)


def _minutes(warning: Warning, spoken: Sequence[datetime]) -> float | None:
    return min(((at - warning.opened_at) / timedelta(minutes=1) for at in spoken), default=None)


def _number(setting: Setting, value: float) -> float:
    return int(value) if setting.whole else value
