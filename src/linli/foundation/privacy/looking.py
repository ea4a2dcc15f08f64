"""Who looked at what, when and why, as sentences for the person looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation.accounts.actor import as_read
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.naming import names_of
from linli.foundation.privacy.purposes import Purpose, ever
from linli.foundation.registry.models import Resident

FIELD_WORDS = {
    "name": gettext_lazy("姓名"),
    "phone": gettext_lazy("电话"),
    "address": gettext_lazy("住址"),
    "birth_date": gettext_lazy("生日"),
    "identity_number": gettext_lazy("身份证号"),
    "health": gettext_lazy("健康情况"),
    "health_note": gettext_lazy("健康情况"),
    "care_grade": gettext_lazy("照护等级"),
    "finances": gettext_lazy("钱的情况"),
    "whereabouts": gettext_lazy("去过哪里"),
    "biometrics": gettext_lazy("人脸"),
    "readings": gettext_lazy("家里设备的读数"),
    "information": gettext_lazy("全部信息"),
    "looks": gettext_lazy("“谁看过”这一页"),
    "copy": gettext_lazy("那份信息"),
}


@dataclass(frozen=True)
class Look:
    """``sentence`` is whole, so that it can be read aloud; ``why`` the purpose in the words of the charter."""

    pk: int
    sentence: str
    why: str
    reader: str
    field: str
    at: datetime
    found_wrong: bool = False


@dataclass(frozen=True)
class Day:
    day: date
    looks: tuple[Look, ...]


def looks_of(resident: Resident) -> QuerySet[AccessRecord]:
    """Every record about the resident, newest first."""
    return AccessRecord.objects.filter(resident=resident).select_related("unusual").order_by("-at", "-pk")


def by_people(records: QuerySet[AccessRecord]) -> QuerySet[AccessRecord]:
    """Without what only a machine used."""
    return records.exclude(kind=AccessRecord.Kind.MACHINE)


def by_machines(records: QuerySet[AccessRecord]) -> QuerySet[AccessRecord]:
    return records.filter(kind=AccessRecord.Kind.MACHINE)


def told(records: Iterable[AccessRecord], resident: Resident) -> list[Look]:
    """Each record as a sentence; the work is named in one question a kind."""
    records = list(records)
    names = names_of((record.about for record in records), resident)
    published = ever()
    looks = []
    for _same, group in groupby(records, key=_one_event):
        together = list(group)
        looks.append(_look(together, names.get(together[0].about, ""), published))
    return looks


def _one_event(record: AccessRecord) -> tuple:
    """The fields of one list left together: they are one sentence. Anything else stands alone."""
    if record.kind != AccessRecord.Kind.EXPORT:
        return (record.pk,)
    return record.about, record.at, record.reader


def days_of(looks: Sequence[Look]) -> list[Day]:
    """Grouped by the local day, in the order given."""
    return [
        Day(day, tuple(group)) for day, group in groupby(looks, key=lambda look: timezone.localtime(look.at).date())
    ]


def field_words(field: str) -> str:
    """A field inside a sentence."""
    words = str(FIELD_WORDS.get(field, field))
    return words[:1].lower() + words[1:]


def _look(together: Sequence[AccessRecord], work: str, published: Mapping[str, Purpose]) -> Look:
    record = together[0]
    purpose = published.get(record.purpose)
    local = timezone.localtime(record.at)
    facts = {
        "reader": as_read(record.reader),
        "field": _("、").join(sorted(field_words(one.field) for one in together)),
        "moment": _("%(month)d月%(day)d日 %(clock)s")
        % {"month": local.month, "day": local.day, "clock": f"{local.hour}:{local:%M}"},
        "work": work,
    }
    return Look(
        pk=record.pk,
        sentence=_sentence(record, facts),
        why=purpose.sentence if purpose is not None else "",
        reader=record.reader,
        field=record.field,
        at=record.at,
        found_wrong=getattr(record, "unusual", None) is not None and record.unusual.state == "wrong",
    )


def _sentence(record: AccessRecord, facts: dict[str, str]) -> str:
    match record.kind:
        case "machine" if facts["work"]:
            return _("系统 %(moment)s 用了您的%(field)s，为了%(work)s。") % facts
        case "machine":
            return _("系统 %(moment)s 用了您的%(field)s。") % facts
        case "export" if facts["work"]:
            return _("%(reader)s %(moment)s 把您的%(field)s存成了文件，为了%(work)s。") % facts
        case "export":
            return _("%(reader)s %(moment)s 把您的%(field)s存成了文件。") % facts
    if facts["work"]:
        return _("%(reader)s %(moment)s 看了您的%(field)s，为了%(work)s。") % facts
    return _("%(reader)s %(moment)s 看了您的%(field)s。") % facts
