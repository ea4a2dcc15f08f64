"""``linli joint serve --home``: partners that cannot be called call here."""

from __future__ import annotations

import socket
from collections.abc import Callable

from linli.foundation.privacy.joint.carrying import carry_out
from linli.foundation.privacy.joint.exchange import secured
from linli.foundation.privacy.joint.exchange.frames import Breach, Broken, Call, Channel, Stopped
from linli.foundation.privacy.joint.journal import own_keys
from linli.foundation.privacy.joint.keys import Card
from linli.foundation.privacy.joint.models import JointPartner, JointRun, State


def take_call(plain: socket.socket, say: Callable[[str], None]) -> bool:
    """Answer one connection to the active community; whether a run came to a result. Never raises for what a caller did."""
    known = JointPartner.objects.filter(confirmed_at__isnull=False, ended_at__isnull=True)
    cards = [Card.from_text(text) for text in known.values_list("card", flat=True)]
    keys = own_keys()
    try:
        connection, peer = secured.receive(plain, keys, cards)
    except Broken:
        say("turned away somebody who is no partner")
        return False
    with connection:
        channel = Channel(connection)
        try:
            wanted = channel.receive(Call).run
        except (Breach, Broken, Stopped):
            return False
        run = JointRun.objects.filter(run=wanted, partner__fingerprint=peer.fingerprint, state=State.APPROVED).first()
        if run is None:
            channel.stop("not_approved")
            say(f"{peer.name}: asked for a run that nobody here approved")
            return False
        say(f"{peer.name}: counting")
        return carry_out(run.pk, channel, keys, peer)
