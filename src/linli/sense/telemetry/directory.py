"""Who is who among the devices, kept in memory by ingest: one query for the devices that a batch brings anew."""

from __future__ import annotations

import time
from collections.abc import Iterable

from linli.foundation.privacy.sensing.hearing import is_asked
from linli.foundation.privacy.sensing.rules.places import Spot
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import every_community
from linli.sense.telemetry.calibrating import Line
from linli.sense.telemetry.clockwork import Beat
from linli.sense.telemetry.decoding import plain
from linli.sense.telemetry.device_types import CATALOGUE, DeviceType
from linli.sense.telemetry.faults import FLOOD, open_faults
from linli.sense.telemetry.flow import Flow
from linli.sense.telemetry.models import Calibration, Device, DeviceEntry, LastValue

REVOKED_EVERY_SECONDS = 1.0
REVOKED_LOOKED_AT = 500
CHANGING = (DeviceEntry.What.MOVED, DeviceEntry.What.CALIBRATED)
CHANGES_LOOKED_AT = 500
CODES_A_QUERY = 500


class KnownDevice:
    """``newest`` holds the time (UTC ms) of the newest stored observation of each metric: anything later is new.

    ``asked``: whether it may be kept where it stands (``spot``) must be asked each time. ``lines``: its calibrations by
    metric, each (since, UTC ms; line), the latest first. ``beat``: how its clock goes. ``flow``: how
    much it says.
    """

    __slots__ = (
        "asked", "beat", "code", "community_code", "community_id", "flow", "lines", "newest", "pk", "revoked", "spot", "type",
    )  # fmt: skip

    def __init__(self, device: Device, device_type: DeviceType) -> None:
        self.pk = device.pk
        self.code = device.code
        self.type = device_type
        self.spot = spot_of(device)
        self.asked = is_asked(self.spot)
        self.community_id = device.community_id
        self.community_code = device.community.code
        self.revoked = device.revoked_at is not None
        self.newest: dict[str, int] = {}
        self.lines: dict[str, list[tuple[int, Line]]] = {}
        self.beat = Beat()
        self.flow = Flow.of(device_type)


def spot_of(device: Device) -> Spot:
    """Where the device stands, for what is declared there; reads the building for its estate."""
    building = device.building
    return Spot(
        device.type, device.home_id, device.facility_id, device.entrance_id, device.building_id,
        building.estate_id if building is not None else None,
    )  # fmt: skip


class Directory:
    """Devices by code. :meth:`forget` after a failed transaction, because ``newest`` then ran ahead of the rows."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._devices: dict[str, KnownDevice] = {}
        self._communities: dict[str, int] = {}
        self._revoked_read_at = float("-inf")
        self._changes: set[int] = set()

    def learn(self, codes: Iterable[str]) -> None:
        """Read the devices among ``codes`` that are not known yet or were moved or calibrated, and who was revoked since."""
        now = time.monotonic()
        with every_community("one stream carries the observations of every community"):
            if looks := now - self._revoked_read_at > REVOKED_EVERY_SECONDS:
                self._revoked_read_at = now
                self._forget_changed()
            new = [code for code in set(codes) if code not in self._devices]
            for start in range(0, len(new), CODES_A_QUERY):
                self._read(new[start : start + CODES_A_QUERY])
            if looks:
                self._read_revoked()

    def get(self, code: str) -> KnownDevice | None:
        return self._devices.get(code)

    def community_id(self, code: str) -> int | None:
        """Primary key of the community, for a quarantined message; ``None`` when there is no such community."""
        if code not in self._communities:
            found = Community.objects.filter(code=plain(code, 32)).values_list("pk", flat=True).first()
            if found is None:
                return None
            self._communities[code] = found
        return self._communities[code]

    def _read(self, codes: list[str]) -> None:
        found = {}
        for device in Device.objects.filter(code__in=codes).select_related("community", "building"):
            known = KnownDevice(device, CATALOGUE[device.type])
            self._devices[device.code] = known
            found[device.pk] = known
        calibrations = Calibration.objects.filter(device__in=found).order_by("-since", "-pk")
        for device_id, metric, since, scale, offset in calibrations.values_list(
            "device_id", "metric", "since", "scale", "offset"
        ):
            line = round(since.timestamp() * 1000), Line(scale, offset)
            found[device_id].lines.setdefault(metric, []).append(line)
        for last in LastValue.objects.filter(device__in=found).values_list("device_id", "metric", "time"):
            found[last[0]].newest[last[1]] = round(last[2].timestamp() * 1000)
        for pk, flood in open_faults(FLOOD, found).items():
            found[pk].flow.go_on(flood["at"], int(flood["count"]))

    def _forget_changed(self) -> None:
        """Who was moved or calibrated is read anew."""
        changes = DeviceEntry.objects.filter(what__in=CHANGING).order_by("-pk")
        found = dict(changes.values_list("pk", "device__code")[:CHANGES_LOOKED_AT])
        for pk in found.keys() - self._changes:
            self._devices.pop(found[pk], None)
        self._changes = set(found)

    def _read_revoked(self) -> None:
        revoked = Device.objects.filter(revoked_at__isnull=False).order_by("-revoked_at")
        for code in revoked.values_list("code", flat=True)[:REVOKED_LOOKED_AT]:
            if code in self._devices:
                self._devices[code].revoked = True
