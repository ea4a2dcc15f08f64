from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.foundation.privacy.models import Consent
from linli.sense.telemetry.models import Device
from linli.understand.warnings.detectors import DETECTORS
from linli.understand.warnings.engine import forget


@on("privacy.consent_withdrawn")
def forget_the_home(event: Event) -> None:
    """The engine asks for consent before every look; what it remembers of the home goes as well."""
    consent = Consent.objects.filter(pk=event.subject.removeprefix("consent:")).first()
    if consent is None:
        return
    devices = Device.objects.filter(home_id=consent.home_id).values_list("pk", flat=True)
    sources = [f"home:{consent.home_id}", *(f"device:{pk}" for pk in devices)]
    for detector in DETECTORS.values():
        if detector.purpose == consent.purpose:
            forget(sources, detector.key)


@on("telemetry.device_revoked")
def forget_the_device(event: Event) -> None:
    forget([event.subject])
