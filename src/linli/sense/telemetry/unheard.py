"""没有在听: devices in use that may not speak where they stand, and why. Of what they said before nobody is told either, so
that no other condition is told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.privacy.sensing.hearing import UNCONSENTED, hearings, is_asked
from linli.foundation.privacy.sensing.kinds import kinds
from linli.foundation.privacy.sensing.queries import in_the_way
from linli.sense.telemetry.directory import spot_of
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.queries import heard

WHY: Mapping[str, Promise] = {
    UNCONSENTED: _("这户人家没有同意，或者撤回了同意。"),
    "not_declared": _("这里没有公示，或者公示撤下了。"),
    "not_assessed": _("没有批准的影响评估，或者评估不再有效。"),
}


def unheard_of(devices: QuerySet[Device]) -> QuerySet[Device]:
    """Those of ``devices`` in use that may not speak: all that are not :func:`queries.heard`."""
    asked = devices.filter(Q(home__isnull=False) | Q(type__in=[one.key for one in kinds()]), revoked_at__isnull=True)
    types = set(asked.order_by().values_list("type", flat=True).distinct())
    # A device in no home is compared with no home: of a condition that is neither true nor false, SQL keeps neither side.
    return asked.exclude(pk__in=Device.objects.filter(heard(types)).values("pk")) if types else asked.none()


def why_unheard(devices: Iterable[Device]) -> dict[int, str]:
    """One sentence for each of ``devices`` in use that may not speak, by primary key; reads their building. As many
    queries for one as for all of a kind."""
    spots = {device.pk: spot_of(device) for device in devices if device.revoked_at is None}
    answers = hearings({spot for spot in spots.values() if is_asked(spot)})
    lacks = {
        spot: answer.refused if answer.refused == UNCONSENTED else in_the_way(spot)
        for spot, answer in answers.items()
        if answer.refused
    }
    return {pk: str(WHY[lacks[spot]]) for pk, spot in spots.items() if spot in lacks}
