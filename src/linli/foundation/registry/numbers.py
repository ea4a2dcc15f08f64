"""What the register may tell everybody: how many live here, how old, how many alone, in how many households."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from linli.foundation.privacy.publishing.numbers import Answers, Indicator, Period, Question, asks, publishes
from linli.foundation.privacy.purposes import Words
from linli.foundation.registry.models import Resident

PERSON = Words("人", "person")
HOUSEHOLD = Words("户", "household")


def residents(period: Period) -> QuerySet[Resident]:
    """Who is in the register and had not left by the period's last day."""
    return Resident.objects.filter(Q(left_on=None) | Q(left_on__gt=period.last))


def ages(period: Period) -> Answers:
    for resident in residents(period).only("pk", "birth_date").order_by("pk"):
        age = resident.age_on(period.last)
        yield resident.pk, "up_to_59" if age < 60 else "60_to_79" if age < 80 else "from_80"


def alone(period: Period) -> Answers:
    for pk in residents(period).filter(living_alone=True).values_list("pk", flat=True).order_by("pk"):
        yield pk, "alone"


def households(period: Period) -> Answers:
    """A household counts once; when its only member goes, it goes: one person moves the count by one at most."""
    lived_in = residents(period).exclude(household=None).values_list("household_id", flat=True)
    for household in lived_in.order_by("household_id").distinct():
        yield household, "lived_in"


def register() -> None:
    asks(Question("registry.ages", ("up_to_59", "60_to_79", "from_80"), 1, 500, PERSON, ages))
    asks(Question("registry.alone", ("alone",), 1, 500, PERSON, alone))
    asks(Question("registry.households", ("lived_in",), 1, 500, HOUSEHOLD, households))
    publishes(
        Indicator(
            "residents",
            Words("住在这里的人", "People living here"),
            Words(
                "到这段时间最后一天，名册上住在本社区的人数。",
                "People in the register who lived in the community on the period's last day.",
            ),
            "registry.ages",
            frozenset({"up_to_59", "60_to_79", "from_80"}),
            order=10,
        )
    )
    publishes(
        Indicator(
            "aged_60",
            Words("60 岁以上的人", "People aged 60 or older"),
            Words("其中最后一天满 60 周岁的人数。", "Of these, those who had turned 60 by the last day."),
            "registry.ages",
            frozenset({"60_to_79", "from_80"}),
            order=11,
        )
    )
    publishes(
        Indicator(
            "aged_80",
            Words("80 岁以上的人", "People aged 80 or older"),
            Words("其中最后一天满 80 周岁的人数。", "Of these, those who had turned 80 by the last day."),
            "registry.ages",
            frozenset({"from_80"}),
            order=12,
        )
    )
    publishes(
        Indicator(
            "living_alone",
            Words("一个人住的人", "People living alone"),
            Words(
                "工作人员上门核对过、记为独居的人数。",
                "People whom staff, after a visit, recorded as living alone.",
            ),
            "registry.alone",
            frozenset({"alone"}),
            order=13,
        )
    )
    publishes(
        Indicator(
            "households",
            Words("住在这里的家庭", "Households living here"),
            Words("至少有一个人住在这里的家庭户数。", "Households with at least one member living here."),
            "registry.households",
            frozenset({"lived_in"}),
            order=14,
        )
    )
