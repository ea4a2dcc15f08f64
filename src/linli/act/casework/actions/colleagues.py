"""Keeping an eye on a case, and naming a colleague in a note."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from linli.act.casework.actions.changing import locked_case
from linli.act.casework.models import Case, CaseEntry, CaseWatch, Mention
from linli.act.casework.people import all_staff, colleagues_of
from linli.act.casework.permissions import sees_as_staff
from linli.act.casework.rules.mentions import named_in
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record

MOST_MENTIONS = 20


def watch(case_id: int, *, actor: Actor, on: bool) -> None:
    """关注, or (``on`` false) no more. Twice is once. Raises :class:`NotFound` and, for whoever does not work on the
    case, :class:`NotAllowed`."""
    with transaction.atomic():
        case = locked_case(case_id, actor)
        if actor.account_id is None or not actor.is_staff or not sees_as_staff(case, actor):
            raise NotAllowed
        mine = CaseWatch.objects.filter(case=case, account_id=actor.account_id)
        if mine.exists() == on:
            return
        if on:
            CaseWatch.objects.create(
                case=case, account_id=actor.account_id, since=clock.now(), seen_entry=_last_entry(case.pk)
            )
        else:
            mine.delete()
        record("casework.watched" if on else "casework.unwatched", case, actor=actor)


def look(case_id: int, *, actor: Actor) -> None:
    """The actor has seen where the case stands: what it watches there and was named in is new no more."""
    with transaction.atomic():
        watches = CaseWatch.objects.visible_to(actor).filter(case_id=case_id)
        mentions = Mention.objects.visible_to(actor).filter(entry__case_id=case_id, seen_at=None)
        if not watches.exists() and not mentions.exists():
            raise NotFound
        watches.update(seen_entry=_last_entry(case_id))
        mentions.update(seen_at=clock.now())


def whom_mentioned(case: Case, text: str, picked: Sequence[int], actor: Actor) -> list[Account]:
    """Colleagues who were picked or stand in ``text`` behind an ``@``; the actor itself is nobody to tell.

    Raises :class:`Invalid` for one who may not see the case (``cannot_see_case``), for a name that two bear of whom
    none was picked (``name_ambiguous``) and for more than ``MOST_MENTIONS``.
    """
    wanted = set(picked)
    if not wanted and not any(mark in text for mark in "@＠"):
        return []
    if len(wanted) > MOST_MENTIONS:
        raise Invalid(
            _("一次最多提到 %(max)d 个人。") % {"max": MOST_MENTIONS}, code="mentions_too_many", field="mention_ids"
        )
    everybody = list(all_staff())
    may_see = {one.pk for one in colleagues_of(case)}
    if wanted - {one.pk for one in everybody}:
        raise NotFound(_("没有这位同事。"), code="colleague_unknown", field="mention_ids")
    for name in sorted(named_in(text, [one.display_name for one in everybody])):
        bearers = [one for one in everybody if one.display_name == name]
        seeing = [one for one in bearers if one.pk in may_see]
        if not wanted & {one.pk for one in bearers}:
            if len(seeing) > 1:
                raise Invalid(
                    _("有 %(n)d 位叫%(name)s，请在下面点是哪一位。") % {"n": len(seeing), "name": name},
                    code="name_ambiguous", field="mention_ids",
                )  # fmt: skip
            wanted.add((seeing or bearers)[0].pk)
    chosen = [one for one in everybody if one.pk in wanted]
    for one in chosen:
        if one.pk not in may_see:
            raise Invalid(
                _("%(name)s看不到这件事，不能提到。") % {"name": one.display_name}, code="cannot_see_case", field="text"
            )
    return [one for one in chosen if one.pk != actor.account_id]


def mention(entry: CaseEntry, people: Sequence[Account], *, actor: Actor) -> None:
    """Write down who is named in ``entry``; each is told. Call inside the note's transaction."""
    if not people:
        return
    for one in people:
        Mention.objects.create(entry=entry, account=one, at=entry.at)
    record(
        "casework.colleagues_mentioned", entry.case, actor=actor, entry_id=entry.pk,
        account_ids=[one.pk for one in people],
    )  # fmt: skip


def watch_what_goes_on(children: Collection[int], parent: Case) -> None:
    """Who watched a case that is merged now watches the one that goes on."""
    there = set(CaseWatch.objects.filter(case=parent).values_list("account", flat=True))
    watching = set(CaseWatch.objects.filter(case__in=children).values_list("account", flat=True)) - there
    last = _last_entry(parent.pk)
    CaseWatch.objects.bulk_create(
        CaseWatch(community_id=parent.community_id, case=parent, account_id=pk, since=clock.now(), seen_entry=last)
        for pk in sorted(watching)
    )


def end_stray_watches() -> int:
    """Whoever works in the community no more watches nothing there; returns how many watches ended."""
    strays = CaseWatch.objects.exclude(account__in=all_staff().values("pk"))
    ended = 0
    for one in list(strays.select_related("case")):
        with transaction.atomic():
            ended += one.delete()[0]
            record(
                "casework.unwatched", one.case, actor=Actor.for_system("watching", one.community_id),
                account_id=one.account_id,
            )  # fmt: skip
    return ended


def _last_entry(case_id: int) -> int:
    return CaseEntry.objects.filter(case=case_id).order_by("-pk").values_list("pk", flat=True).first() or 0
