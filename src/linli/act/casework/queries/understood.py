"""What became of what was said: recognised, placed, grouped, or waiting for a person. Counted for a page and for the API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from linli.act.casework.models import Case
from linli.understand.topics.models import TopicRequest
from linli.understand.triage.models import Reading, Suggestion

SOURCES = ("danger", "model", "words", "nobody")


@dataclass(frozen=True)
class Understood:
    """Numbers of requests. ``by`` counts who recognised the category (:data:`SOURCES`), ``classes`` its first level.

    ``waiting`` have a category or place that a person still decides; ``named_another`` name a building of the register
    that they did not come with; ``placed`` are known to be about one; ``grouped`` belong to a topic.
    """

    total: int
    by: Mapping[str, int]
    classes: Mapping[str, int]
    waiting: int
    named_another: int
    placed: int
    grouped: int
    checked: int

    @property
    def recognised(self) -> int:
        return self.total - self.by["nobody"]


def understood(readings: QuerySet[Reading]) -> Understood:
    """Of ``readings``, which the caller has filtered by what the actor may see."""
    inside = readings.values("request_id")
    by = Counter(dict(readings.values_list("by").annotate(n=Count("pk")).order_by()))
    classes: Counter[str] = Counter()
    for code, n in readings.values_list("category").annotate(n=Count("pk")).order_by():
        classes[f"{code[:2]}0000"] += n
    placed = Case.objects.filter(joined__request__in=inside, building__isnull=False)
    named = Suggestion.objects.filter(request__in=inside, kind=Suggestion.Kind.PLACE)
    return Understood(
        total=readings.count(),
        by={source: by[source] for source in SOURCES},
        classes=dict(classes.most_common()),
        waiting=waiting_for_a_person().filter(request__in=inside).values("request").distinct().count(),
        named_another=named.values("request").distinct().count(),
        placed=placed.values("joined__request").distinct().count(),
        grouped=TopicRequest.objects.filter(request__in=inside).values("request").distinct().count(),
        checked=readings.exclude(decided="").count(),
    )


def waiting_for_a_person() -> QuerySet[Suggestion]:
    """Categories and places that nobody has decided and that were not sure enough to be applied."""
    kinds = (Suggestion.Kind.CATEGORY, Suggestion.Kind.PLACE)
    return Suggestion.objects.filter(state=Suggestion.State.OPEN, kind__in=kinds)
