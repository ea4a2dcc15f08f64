"""Every write to a request about one's own information."""

from linli.foundation.privacy.rights.actions.asking import ask, ask_for, withdraw
from linli.foundation.privacy.rights.actions.copying import build, expire_copies, hand_out
from linli.foundation.privacy.rights.actions.handling import (
    answer,
    assign,
    check_identity,
    correct,
    erase,
    extend,
    refuse,
    suspend,
    take,
)
from linli.foundation.privacy.rights.actions.keeping_time import tell_deadlines

__all__ = [
    "answer",
    "ask",
    "ask_for",
    "assign",
    "build",
    "check_identity",
    "correct",
    "erase",
    "expire_copies",
    "extend",
    "hand_out",
    "refuse",
    "suspend",
    "take",
    "tell_deadlines",
    "withdraw",
]
