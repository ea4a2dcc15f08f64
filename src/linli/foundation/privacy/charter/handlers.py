"""Whose consent ended because the charter changed is told."""

from __future__ import annotations

from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.foundation.privacy.charter.telling import tell_ended
from linli.foundation.privacy.consents.models import Ending
from linli.foundation.privacy.models import Consent

BY_THE_CHARTER = frozenset({Ending.Reason.PURPOSE_CHANGED, Ending.Reason.PURPOSE_ENDED})


@on("privacy.consent_withdrawn")
def tell_whose_consent_ended(event: Event) -> None:
    if event.data["reason"] not in BY_THE_CHARTER:
        return
    consent = (
        Consent.objects.filter(pk=int(event.subject.partition(":")[2]))
        .select_related("resident__account", "resident__home")
        .first()
    )
    if consent is not None and consent.resident.left_on is None:
        tell_ended(consent, event.data["reason"])
