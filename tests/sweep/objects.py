"""One object of each kind in a community, all of them about the elder's home in the first grid."""

from __future__ import annotations

from dataclasses import dataclass

from linli.act.casework.actions import accept, feed_back, receive, start, take
from linli.act.casework.models import Case
from linli.foundation import clock
from linli.foundation.files.models import Attachment
from linli.foundation.privacy.actions import give_consent
from linli.foundation.privacy.models import Consent
from linli.foundation.registry.models import Building, Facility, Home, Resident
from linli.sense.requests.models import Request
from linli.sense.telemetry.models import Device, Quarantined
from linli.testing import SmallCommunity
from linli.understand.warnings.models import Warning


@dataclass
class Objects:
    """``case`` is being worked on by the grid worker, ``answered`` waits for the elder's rating."""

    elder: Resident
    home: Home
    building: Building
    lift: Facility
    photo: Attachment
    request: Request
    case: Case
    answered: Case
    answered_request: Request
    device: Device
    consent: Consent
    quarantined: Quarantined
    warning: Warning


def place_objects(small: SmallCommunity) -> Objects:
    with small.scope():
        elder, worker, director = small.actor("elder"), small.actor("grid_worker"), small.actor("community_director")
        resident, home = small.residents["elder"], small.homes[0]
        photo = Attachment.objects.create(
            sha256="0" * 64,
            content_type="image/jpeg",
            size=1,
            width=1,
            height=1,
            uploaded_by=small.accounts["elder"],
            uploaded_at=clock.now(),
        )
        going = receive("楼道里的灯不亮", actor=elder, photo_ids=[photo.pk])
        done = receive("单元门关不上", actor=elder)
        for received in (going, done):
            accept(received.case.pk, actor=director)
            take(received.case.pk, actor=worker)
            start(received.case.pk, actor=worker)
        feed_back(done.case.pk, outcome="fixed", result="门轴换好了。", actor=worker)
        device = Device.objects.create(
            code=f"{small.community.code}-water-1",
            type="water_meter",
            credential_digest="x",
            home=home,
            entrance=home.entrance,
            building=home.entrance.building,
            enrolled_at=clock.now(),
        )
        return Objects(
            elder=resident,
            home=home,
            building=small.buildings[0],
            lift=small.lift,
            photo=photo,
            request=going.request,
            case=Case.objects.get(pk=going.case.pk),
            answered=Case.objects.get(pk=done.case.pk),
            answered_request=done.request,
            device=device,
            consent=give_consent(resident, "water_care", channel="door", evidence="paper", actor=director),
            quarantined=Quarantined.objects.create(
                community=small.community,
                device_code=device.code,
                sequence=small.community.pk,
                payload=b"{}",
                payload_size=2,
                code="not_json",
                received_at=clock.now(),
            ),
            warning=Warning.objects.create(
                kind="no_water",
                source=f"home:{home.pk}",
                level="P1",
                grid=small.grids[0],
                building=small.buildings[0],
                home=home,
                device=device,
                evidence={"hours": 13, "litres": 0.0},
                opened_at=clock.now(),
                last_triggered_at=clock.now(),
            ),
        )
