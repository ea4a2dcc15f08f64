"""A sign-in ends with the agreement that it stood on."""

from __future__ import annotations

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.queries import CHILD_SIGN_IN, may_sign_in_by_itself
from linli.foundation.accounts.sessions import end_all
from linli.foundation.events.handling import on
from linli.foundation.events.models import Event


@on("privacy.consent_withdrawn")
def sign_the_child_out(event: Event) -> None:
    """A guardian took back that the child signs in by itself. Whoever has turned 14 meanwhile stays."""
    if event.data.get("purpose") != CHILD_SIGN_IN:
        return
    account = Account.objects.filter(resident_id=event.data["resident"]).select_related("resident").first()
    if account is not None and account.resident is not None and not may_sign_in_by_itself(account.resident):
        end_all(account, actor=Actor.for_system("consents", event.community_id))
