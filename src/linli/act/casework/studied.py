"""What of casework may be studied: kinds of matters, how long they took, whether they came back; never words or places."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.act.casework.models import CaseRequest, Level
from linli.foundation.privacy.analysis.catalogue import Found, View, view
from linli.foundation.privacy.analysis.residents_view import UNKNOWN, grids
from linli.foundation.privacy.analysis.rules.shapes import Measure, Shape
from linli.foundation.privacy.purposes import Words
from linli.sense.requests.models import Channel
from linli.understand.triage.taxonomy import categories

CAP = 3
"""Matters of one person that count at most."""
LONGEST_HOURS = 720


def shape() -> Shape:
    language = get_language() or "zh-hans"
    classes = {code[:2]: one.name(language) for code, one in categories().items() if code.endswith("0000")}
    return Shape(
        view="matters",
        title=_("反映的事"),
        columns={
            "class": classes | {UNKNOWN: _("不知道")},
            "level": {str(value): str(label) for value, label in Level.choices},
            "channel": {str(value): str(label) for value, label in Channel.choices},
            "grid": grids(),
            "came_back": {"yes": _("返工过"), "no": _("没有返工")},
            "closed": {"yes": _("办结了"), "no": _("还没办结")},
        },
        titles={
            "class": _("哪一类"),
            "level": _("缓急"),
            "channel": _("怎么来的"),
            "grid": _("网格"),
            "came_back": _("返工"),
            "closed": _("办结"),
        },
        measures={"hours": Measure(_("办了多久"), _("小时"), 0, LONGEST_HOURS)},
        cap=CAP,
    )


def rows(on: date, people: Collection[int], about: str) -> Found:
    """One row for each matter that one of the people brought up, the oldest first; what only staff with a duty may see is
    left out."""
    classes = {code[:2] for code in categories() if code.endswith("0000")}
    restricted = {code[:2] for code, one in categories().items() if one.restricted}
    joined = CaseRequest.objects.filter(request__speaker_id__in=people, withdrawn_at__isnull=True)
    for one in joined.select_related("case", "request").order_by("case__opened_at", "pk"):
        case, request = one.case, one.request
        if request.speaker_id is None or case.category[:2] in restricted:
            continue
        values = {
            "class": case.category[:2] if case.category[:2] in classes else UNKNOWN,
            "level": case.level,
            "channel": request.channel,
            "grid": str(case.grid_id) if case.grid_id else UNKNOWN,
            "came_back": "yes" if case.reopened_times else "no",
            "closed": "yes" if case.closed_at else "no",
        }
        hours = (case.closed_at - case.opened_at).total_seconds() / 3600 if case.closed_at else None
        yield request.speaker_id, values, {} if hours is None else {"hours": round(hours, 2)}


def register() -> None:
    view(
        View(
            "matters",
            Words("反映的事", "Matters brought up"),
            Words(
                "居民反映的事：哪一类、缓急、怎么来的、网格、有没有返工、办了多久。",
                "What residents brought up: class, urgency, channel, grid, whether it came back, how long it took.",
            ),
            shape,
            rows,
        )
    )
