"""What the registry holds about a resident."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.door import masked, own
from linli.foundation.privacy.holdings import Held, Row, day_of, holds, holds_nothing
from linli.foundation.privacy.masking import MASKS
from linli.foundation.registry.models import ImportRun, Resident

LABELS = {
    "code": gettext_lazy("名册编号"),
    "name": gettext_lazy("姓名"),
    "sex": gettext_lazy("性别"),
    "birth_date": gettext_lazy("生日"),
    "phone": gettext_lazy("电话"),
    "identity_number": gettext_lazy("身份证号"),
    "care_grade": gettext_lazy("照护等级"),
    "health": gettext_lazy("身体要注意什么"),
    "address": gettext_lazy("住址"),
    "living_alone": gettext_lazy("一个人住"),
    "verified_on": gettext_lazy("上次核对"),
    "left_on": gettext_lazy("搬走"),
}


def entry_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    def rows() -> Iterator[Row]:
        yield {
            "code": resident.code,
            "name": resident.name,
            "sex": resident.get_sex_display(),
            "birth_date": resident.birth_date,
            "phone": own(resident, "phone", actor=actor),
            "identity_number": own(resident, "identity_number", actor=actor),
            "care_grade": own(resident, "care_grade", actor=actor),
            "health": own(resident, "health_note", actor=actor),
            "address": str(resident.home) if resident.home else "",
            "living_alone": resident.living_alone,
            "verified_on": resident.verified_on,
            "left_on": resident.left_on,
        }

    from_file = ImportRun.objects.filter(template="residents").order_by("-imported_at").first()
    words = _("您的姓名、生日、电话、住址和身份证号，还有照护等级和身体要注意的。")
    if from_file is not None:
        words += _("最近一次导入名册是 %(day)s。") % {"day": day_of(from_file.imported_at)}
    yield Held(
        key="registry",
        title=_("名册里的您"),
        words=words,
        table="registry.Resident",
        sources=("registry_file", "staff") if from_file is not None else ("staff",),
        purposes=("case_contact", "emergency", "registry_upkeep"),
        facts=(
            (_("姓名"), resident.name),
            (_("性别"), resident.get_sex_display()),
            (_("生日"), resident.birth_date.isoformat()),
            (_("电话"), masked(resident, "phone") or _("没有记")),
            (_("身份证号"), masked(resident, "identity_number") or _("没有记")),
            (_("照护等级"), own(resident, "care_grade", actor=actor) or _("没有记")),
            (_("身体要注意什么"), own(resident, "health_note", actor=actor) or _("没有记")),
            (_("住址"), str(resident.home) if resident.home else _("没有记")),
            (_("独居"), _("是，网格员会常来看看") if resident.living_alone else _("不是")),
        ),
        rows=rows,
        labels=LABELS,
        icon="user",
    )


def household_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    """How many live together and what the home is; the others are told by the first letter of their name only."""
    if resident.household is None:
        return
    household = resident.household
    others = [other for other in household.members.living_here() if other.pk != resident.pk]

    def rows() -> Iterator[Row]:
        yield {"code": household.code, "home": str(resident.home or ""), "people": len(others) + 1}

    yield Held(
        key="household",
        title=_("您的家"),
        words=_("您和 %(n)d 位家人登记在同一户。") % {"n": len(others)} if others else _("您家登记了一个人。"),
        table="registry.Household",
        sources=("registry_file", "staff"),
        purposes=("emergency",),
        facts=tuple((_("家人"), MASKS["name"](other.name)) for other in others),
        rows=rows,
        labels={"code": _("户号"), "home": _("住址"), "people": _("登记的人数")},
        icon="house",
    )


def property_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    parties = list(resident.owner_parties.prefetch_related("homes__entrance__building__estate"))
    if not parties:
        return

    def rows() -> Iterator[Row]:
        for party in parties:
            for home in party.homes.all():
                yield {"code": party.code, "home": str(home), "area": (home.exclusive_area or 0) / 100}

    yield Held(
        key="property",
        title=_("您名下的房屋"),
        words=_("投票和分摊费用时，要知道谁是业主、房屋多大。"),
        table="registry.Owner",
        sources=("registry_file",),
        facts=tuple((_("房屋"), str(home)) for party in parties for home in party.homes.all()),
        rows=rows,
        labels={"code": _("业主编号"), "home": _("房屋"), "area": _("专有面积（平方米）")},
        icon="building",
    )


def register() -> None:
    holds("registry.entry", entry_of, tables=("registry.Resident",), order=10)
    holds("registry.household", household_of, tables=("registry.Household", "registry.Home"), order=11)
    holds("registry.property", property_of, tables=("registry.Owner",), order=12)
    holds_nothing(
        ("registry.ImportRun", "registry.ImportUpload"),
        "says which file was imported by whom; the file is gone in a day",
    )
    holds_nothing(("registry.Facility", "registry.Entrance", "registry.Building"), "places, not people")
