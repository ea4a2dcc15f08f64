"""How many people agreed to be looked after by sensors or visits."""

from __future__ import annotations

from django.db.models import Q

from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.publishing.numbers import Answers, Indicator, Period, Question, asks, publishes
from linli.foundation.privacy.purposes import Words


def agreed(period: Period) -> Answers:
    """People with at least one consent in force when the period ended."""
    in_force = Consent.objects.filter(
        Q(withdrawn_at=None) | Q(withdrawn_at__gte=period.ends),
        given_at__lt=period.ends,
        resident__left_on=None,
    )
    for resident in in_force.values_list("resident_id", flat=True).order_by("resident_id").distinct():
        yield resident, "agreed"


def register() -> None:
    asks(Question("privacy.consents", ("agreed",), 1, 500, Words("人", "person"), agreed))
    publishes(
        Indicator(
            "consents",
            Words("同意过关怀服务的人", "People who agreed to a care service"),
            Words(
                "最后一天至少有一项同意还算数的人数：水表、门磁、烟感、走访等。随时可以撤回。",
                "People with at least one consent in force on the last day: water meter, door sensor, smoke alarm, "
                "visits and the like. It can be taken back at any time.",
            ),
            "privacy.consents",
            frozenset({"agreed"}),
            order=20,
        )
    )
