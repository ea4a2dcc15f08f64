"""What follows for a device from what is done elsewhere."""

from __future__ import annotations

from linli.foundation.accounts.actor import Actor
from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.tending import note_case, note_maintained


@on("casework.case_opened")
def note_case_of_repair(event: Event) -> None:
    """The timeline of the device leads to the case."""
    if (entry_id := event.data.get("maintenance_id")) is None:
        return
    device = Device.objects.filter(pk=event.data["device_id"]).first()
    if device is not None:
        note_case(device, entry_id, number=event.data["number"], case_id=_id(event))


@on("casework.case_fed_back", "casework.case_settled", "casework.case_closed", "casework.case_rejected")
def note_repaired(event: Event) -> None:
    """Somebody has been there and said what was found."""
    note_maintained(_id(event), actor=Actor.for_system("casework", event.community_id))


def _id(event: Event) -> int:
    return int(event.subject.rpartition(":")[2])
