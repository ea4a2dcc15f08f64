"""Every write of the charter."""

from linli.foundation.privacy.charter.actions.deciding import approve, propose, send_back, withdraw
from linli.foundation.privacy.charter.actions.keeping import adopt_shipped, begin_charter, drop_unknown, take_effect_due
from linli.foundation.privacy.charter.actions.opinions import answer_opinion, say_opinion
from linli.foundation.privacy.charter.actions.writing import (
    catch_up,
    remove_purpose,
    restore,
    settle,
    start_change,
    write_purpose,
)

__all__ = [
    "adopt_shipped",
    "answer_opinion",
    "approve",
    "begin_charter",
    "catch_up",
    "drop_unknown",
    "propose",
    "remove_purpose",
    "restore",
    "say_opinion",
    "send_back",
    "settle",
    "start_change",
    "take_effect_due",
    "withdraw",
    "write_purpose",
]
