"""What stands behind a resident's consents: guardians, papers, and what was refused."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.consents.models import Decline, Guardianship, PaperForm
from linli.foundation.privacy.holding import purpose_names
from linli.foundation.privacy.holdings import Held, Row, holds
from linli.foundation.privacy.masking import MASKS
from linli.foundation.privacy.purposes import in_force
from linli.foundation.registry.models import Resident


def guardians_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    found = list(Guardianship.objects.filter(resident=resident).select_related("guardian").order_by("-started_at"))
    if not found:
        return

    def rows() -> Iterator[Row]:
        for one in found:
            yield {
                "guardian": one.guardian.name,
                "relation": one.get_relation_display(),
                "evidence": one.evidence,
                "started_at": one.started_at,
                "ended_at": one.ended_at,
            }

    yield Held(
        key="guardians",
        title=_("监护人"),
        words=_("不满 14 岁时，由监护人替您决定。"),
        table="consents.Guardianship",
        sources=("staff",),
        facts=tuple((one.get_relation_display(), MASKS["name"](one.guardian.name)) for one in found),
        rows=rows,
        labels={
            "guardian": _("谁"),
            "relation": _("是什么人"),
            "evidence": _("凭什么"),
            "started_at": _("从"),
            "ended_at": _("到"),
        },
        newest_at=found[0].started_at,
        icon="users",
    )


def refused_by(resident: Resident, actor: Actor) -> Iterator[Held]:
    found = list(Decline.objects.filter(resident=resident).order_by("-declined_at"))
    if not found:
        return

    def rows() -> Iterator[Row]:
        name_of = purpose_names()
        for one in found:
            yield {
                "purpose": one.purpose,
                "purpose_name": name_of(one.purpose),
                "channel": one.channel,
                "note": one.note,
                "declined_at": one.declined_at,
                "lifted_at": one.lifted_at,
            }

    live = {one.purpose for one in found if one.lifted_at is None}
    published = in_force()
    yield Held(
        key="declines",
        title=_("您没有同意的"),
        words=_("现在有 %(n)d 项您说了不同意，社区不会这样用。") % {"n": len(live)},
        table="consents.Decline",
        sources=("self", "staff"),
        facts=tuple((str(published[key].name), _("不同意")) for key in sorted(live & published.keys())),
        rows=rows,
        labels={"purpose_name": _("哪一项"), "declined_at": _("时间"), "lifted_at": _("后来同意")},
        newest_at=found[0].declined_at,
        icon="circle-x",
        url="portal:consents",
    )


def papers_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    found = list(PaperForm.objects.filter(resident=resident).order_by("-printed_at"))
    if not found:
        return

    def rows() -> Iterator[Row]:
        for one in found:
            yield {"code": one.code, "printed_at": one.printed_at, "entered_at": one.entered_at}

    yield Held(
        key="papers",
        title=_("给您印的同意书"),
        words=_("印过 %(n)d 张。") % {"n": len(found)},
        table="consents.PaperForm",
        sources=("staff",),
        rows=rows,
        labels={"code": _("编号"), "printed_at": _("哪天印的"), "entered_at": _("哪天录的")},
        newest_at=found[0].printed_at,
        icon="printer",
    )


def register() -> None:
    holds("consents.guardians", guardians_of, tables=("consents.Guardianship",), order=61)
    holds(
        "consents.declines", refused_by, tables=("consents.Decline", "consents.Ending", "consents.Testimony"), order=40
    )
    holds("consents.papers", papers_of, tables=("consents.PaperForm",), order=43)
