"""Units outside, who have no account: a task comes to the telephone, and they answer by its link."""

from __future__ import annotations

import logging
from functools import partial
from random import Random

from linli.simulator.doors.api import Refused, Unreachable
from linli.simulator.doors.pages import Pages
from linli.simulator.incidents.planting import MINUTE
from linli.simulator.life import Life
from linli.simulator.people.toil import UNITS, Outside

log = logging.getLogger(__name__)

FIRST_PHONE = 19900009950
DECLINES = 0.06


def phone_of(unit: Outside) -> str:
    return str(FIRST_PHONE + UNITS.index(unit))


class Contractors:
    def __init__(self, life: Life, pages: Pages) -> None:
        self.life, self._door, self._phones = life, pages.as_stranger(), pages.phones
        self._unit_of = {phone_of(unit): unit for unit in UNITS}

    def look(self, now: int) -> None:
        """Read what has come; what is to be done about it is done later."""
        for phone, token in self._phones.errands():
            unit = self._unit_of.get(phone)
            if unit is not None and unit.did:
                self._plan(unit, token, now)

    def _plan(self, unit: Outside, token: str, now: int) -> None:
        rng = Random(f"{self.life.n.seed}/errand/{unit.key}/{now}")
        put = self.life.agenda.put
        heard = now + round(rng.uniform(3, 20) * MINUTE)
        if rng.random() < DECLINES:
            put(heard, lambda at: self._say(token, verb="decline", reason="今天人手都在外面，明天才排得出。"))
            return
        number = f"{unit.numbers}-{rng.randrange(1000, 9999)}"
        there = heard + round(rng.uniform(15, 60) * MINUTE)
        done = there + round(rng.uniform(20, 70) * MINUTE)
        put(heard, lambda at: self._say(token, verb="accept", their_number=number))
        put(there, lambda at: self._say(token, verb="arrive"))
        put(done - MINUTE, partial(self._bill, token, unit, rng))
        put(done, lambda at: self._say(token, verb="finish", result=rng.choice(unit.did)))

    def _bill(self, token: str, unit: Outside, rng: Random, at: int) -> None:
        yuan = round(rng.uniform(*unit.fen) / 1000) * 10
        self._say(token, verb="spend", client_key=f"bill-{at}", kind="other", name="上门维修费", cost_fen=str(yuan))

    def _say(self, token: str, **given: str) -> None:
        try:
            self._door.post(f"/e/{token}", given)
        except (Refused, Unreachable) as refused:
            log.info("an errand was not answered: %s", refused)
