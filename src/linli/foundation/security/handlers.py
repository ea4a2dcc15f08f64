"""Changes of who may do what are domain events already; the log repeats them, so that it can be read alone."""

from __future__ import annotations

from linli.foundation import clock
from linli.foundation.accounts.models import Account
from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.foundation.security.models import SecurityEvent

Kind = SecurityEvent.Kind

REPEATED = {
    "accounts.account_opened": Kind.ACCOUNT_OPENED,
    "accounts.role_granted": Kind.ROLE_GRANTED,
    "accounts.grant_ended": Kind.GRANT_ENDED,
    "accounts.password_reset": Kind.PASSWORD_RESET,
    "accounts.password_changed": Kind.PASSWORD_RESET,
    "accounts.proxy_authorised": Kind.PROXY_AUTHORISED,
    "accounts.proxy_revoked": Kind.PROXY_ENDED,
    "accounts.proxy_ended": Kind.PROXY_ENDED,
    "accounts.signed_out_elsewhere": Kind.SESSION_ENDED,
    "accounts.phone_lost": Kind.PHONE_LOST,
    "accounts.phone_found": Kind.PHONE_FOUND,
    "exports.asked": Kind.EXPORT_ASKED,
    "exports.approved": Kind.EXPORT_APPROVED,
    "exports.refused": Kind.EXPORT_REFUSED,
    "exports.fetched": Kind.EXPORT_FETCHED,
    "exports.exported": Kind.EXPORTED,
}


@on(*REPEATED)
def repeat_in_the_log(event: Event) -> None:
    """Once for each event, at the machine's time: the log's order is the order in which it was written."""
    number = event.actor.partition("account:")[2]
    account = Account.objects.filter(pk=int(number)).first() if number.isdecimal() else None
    SecurityEvent.objects.get_or_create(
        event=event,
        defaults={
            "at": clock.real_now(),
            "kind": REPEATED[event.kind],
            "community_id": event.community_id,
            "account": account,
            "about": event.subject,
            "facts": event.data,
        },
    )
