"""Floods as people see them: the device's condition, one request for repair, and the end once it is calm."""

from __future__ import annotations

import contextlib

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Refusal
from linli.foundation.tenancy import community_scope, every_community
from linli.sense.telemetry.faults import FLOOD, end_fault, note_fault, open_faults
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.tending import ask_maintenance


def note_flood(device_id: int, community_id: int, *, dropped: int, at: int) -> None:
    """Write down that the device floods: ``dropped`` readings were not kept, the last ``at`` (UTC ms).

    A flood that begins asks for a repair, unless one is asked for already or nobody could be sent: then the device's
    condition is all that tells of it.
    """
    with community_scope(community_id):
        begins = not open_faults(FLOOD, [device_id])
        device = Device.objects.get(pk=device_id)
        note_fault(device, FLOOD, count=str(dropped), at=at)
        if begins:
            with translation.override(settings.LANGUAGE_CODE):
                note = _("消息发得太多，多出来的没有存。请检查固件，或者换密钥。")
            with contextlib.suppress(Refusal):
                ask_maintenance(device, actor=Actor.for_system("telemetry", community_id), note=note)


def end_flood(device_id: int) -> None:
    with every_community("one stream carries the observations of every community"):
        end_fault(Device.objects.get(pk=device_id), FLOOD)


def floods() -> dict[int, int]:
    """The floods that are not over: by device, when something last ran over (UTC ms)."""
    with every_community("one stream carries the observations of every community"):
        return {pk: flood["at"] for pk, flood in open_faults(FLOOD).items()}
