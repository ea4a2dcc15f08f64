"""Whoever wrote by e-mail reads that its address is kept, and finds it in the copy of everything."""

import pytest

from linli.foundation.privacy.holdings import held_about
from linli.sense.intake import letters
from linli.sense.requests.actions import file_request
from linli.sense.requests.models import Channel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def test_the_address_is_told_to_its_owner_and_to_nobody_else(world):
    with world.scope():
        said = file_request("路灯不亮", actor=world.actor("resident"), channel=Channel.PORTAL).request
        letters.remember(said, address="fang@example.org", message_id="<1@x>", subject="路灯")
        letters.write(said, "修好了。", number="WH1", key="a")

        def told(who):
            held = held_about(world.residents[who], world.actor(who))
            return [one for one in held if one.key == "letters"]

        [mine] = told("resident")
        [row] = mine.rows()
        assert (row["address"], row["subject"], row["waiting"]) == ("fang@example.org", "路灯", ["修好了。"])
        assert told("neighbour") == []
