"""One joint case is offered when many households name one trouble (``domain.md`` §2.5: five, of one class and estate, in a week)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.act.casework.models import ENDED, Case, CaseRequest, Level, State
from linli.act.casework.permissions import states_to_merge
from linli.act.casework.queries.worklists import case_rows
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.understand.topics.queries import put_aside
from linli.understand.triage.nearness import URGENT, URGENT_GAP
from linli.understand.triage.taxonomy import OF_DEVICES, OTHER, category

HOUSEHOLDS = 5
WITHIN = timedelta(days=7)
LOOKED_AT = 5_000


@dataclass(frozen=True)
class Offer:
    """``households`` named it between ``first_at`` and ``last_at``; ``case_ids`` would become one, the oldest first."""

    category: str
    estate_id: int
    estate: str
    case_ids: tuple[int, ...]
    households: int
    first_at: datetime
    last_at: datetime

    @property
    def title(self) -> str:
        """Of the joint case that would be made."""
        return _("%(what)s：%(where)s，%(n)d 户反映") % {
            "what": category(self.category).zh[-1], "where": self.estate, "n": self.households,
        }  # fmt: skip

    @property
    def what(self) -> str:
        return category(self.category).name(get_language() or "zh-hans")


def joint_offers(actor: Actor) -> list[Offer]:
    """For the community's staff, the most households first. An offer that was put aside comes back when twice as many speak."""
    if not actor.is_community_staff:
        return []
    now = clock.now()
    rows = (
        CaseRequest.objects.filter(case__opened_at__gt=now - WITHIN, withdrawn_at=None, case__building__isnull=False)
        .exclude(case__state__in=[*ENDED, State.EVALUATING])
        .exclude(case__category__in=[OTHER, *OF_DEVICES])
        .exclude(Q(case__category__startswith="19") | Q(case__category__startswith="20") | Q(case__level=Level.Q))
        .order_by("-request__said_at")
        .values_list(
            "case_id", "case__category", "case__level", "case__building__estate_id", "case__building__estate__name",
            "request_id", "request__home_id", "request__speaker_id", "request__speaker_phone_index", "request__said_at",
        )[:LOOKED_AT]
    )  # fmt: skip
    groups: dict[tuple[str, int, str], list[tuple]] = defaultdict(list)
    for row in rows:
        _case, code, level, estate_id, estate, *_rest, said_at = row
        if level in URGENT and said_at <= now - URGENT_GAP:
            continue
        groups[code, estate_id, estate].append(row)
    aside = put_aside()
    found = []
    for (code, estate_id, estate), inside in groups.items():
        households = len({_household(row) for row in inside})
        cases = sorted({(row[9], row[0]) for row in inside})
        ids = tuple(dict.fromkeys(pk for _at, pk in cases))
        if households < max(HOUSEHOLDS, 2 * aside.get((code, estate_id), 0)) or len(ids) < 2:
            continue
        found.append(Offer(code, estate_id, estate, ids, households, cases[0][0], cases[-1][0]))
    return sorted(found, key=lambda offer: (-offer.households, offer.category))


def offer_of(code: str, estate_id: int, actor: Actor) -> Offer | None:
    """The offer as it stands now."""
    return next((o for o in joint_offers(actor) if (o.category, o.estate_id) == (code, estate_id)), None)


@dataclass(frozen=True)
class Side:
    """One case beside the others: where, when, in whose words; ``people`` it answers already. ``ready`` to be joined."""

    case: Case
    words: str
    said_at: datetime | None
    people: int
    ready: bool


def side_by_side(case_ids: Collection[int], actor: Actor) -> list[Side]:
    """In the order in which they were said."""
    may = states_to_merge()
    cases = case_rows(actor).filter(pk__in=case_ids).prefetch_related("joined__request")
    sides = []
    for case in cases:
        requests = sorted((row.request for row in case.joined.all()), key=lambda request: request.said_at)
        first = requests[0] if requests else None
        sides.append(
            Side(
                case, first.words if first else case.title, first.said_at if first else None, len(requests),
                case.state in may,
            )
        )  # fmt: skip
    return sorted(sides, key=lambda side: (side.said_at or side.case.opened_at, side.case.pk))


def cases_of_requests(request_ids: Collection[int], actor: Actor) -> list[int]:
    """The unfinished cases that answer these requests."""
    rows = Case.objects.visible_to(actor).filter(joined__request__in=request_ids).exclude(state__in=ENDED)
    return list(rows.distinct().values_list("pk", flat=True))


def _household(row: tuple) -> tuple[str, object]:
    """The home, else the speaker, else the number, else the request by itself."""
    _case, _code, _level, _estate_id, _estate, request_id, home_id, speaker_id, phone, _said = row
    for name, value in (("home", home_id), ("speaker", speaker_id), ("phone", phone)):
        if value:
            return name, value
    return "request", request_id
