"""Every write to a case. Pages and the API call these, or :func:`perform` with a verb's name.

Main path: ``receive`` (files the request, opens the case) → ``accept`` (dispatches by place) → ``take`` → ``start`` →
``contact`` → ``feed_back`` → ``rate``. Each takes ``case_id``, an explicit ``actor`` and, from a form, the ``version``
that the form was made from; each returns the case as it is afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

from django.utils.translation import gettext as _

from linli.act.casework.actions.answering import answer, rate, rate_by_link, reopen, say_by_mail, say_more, withdraw
from linli.act.casework.actions.checklists import tick, waive, write_checklist
from linli.act.casework.actions.colleagues import look, watch
from linli.act.casework.actions.deciding import decide, retire_category, two_matters
from linli.act.casework.actions.dispatch_rules import end_unit, move_rule, remove_rule, write_rule, write_unit
from linli.act.casework.actions.errands import errand_by_link, errand_step, send_errand
from linli.act.casework.actions.handling import (
    accept,
    add_note,
    archive,
    ask_resident,
    close,
    contact,
    dispatch,
    escalate,
    extend,
    feed_back,
    hand_over,
    place_under_law,
    reclassify,
    reject,
    resume,
    return_case,
    settle,
    start,
    suspend,
    take,
    transfer,
)
from linli.act.casework.actions.joining import Joined, join_many
from linli.act.casework.actions.last_word import hide_card, me_too, missed, show_publicly
from linli.act.casework.actions.opening import (
    Received,
    join_request,
    merge,
    open_case_for_maintenance,
    open_case_for_request,
    open_case_for_silent_device,
    open_case_for_warning,
    receive,
)
from linli.act.casework.actions.placing import locate
from linli.act.casework.actions.spending import spend, spend_by_link, unspend
from linli.act.casework.actions.voices import raise_for_danger, write_down
from linli.act.casework.models import Case
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid, NotFound

VERBS: dict[str, Callable[..., Any]] = {
    "accept": accept,
    "dispatch": dispatch,
    "take": take,
    "start": start,
    "contact": contact,
    "note": add_note,
    "say_more": say_more,
    "hand_over": hand_over,
    "ask_resident": ask_resident,
    "answer": answer,
    "resume": resume,
    "suspend": suspend,
    "return": return_case,
    "transfer": transfer,
    "escalate": escalate,
    "tick": tick,
    "waive": waive,
    "spend": spend,
    "unspend": unspend,
    "reclassify": reclassify,
    "locate": locate,
    "place_under_law": place_under_law,
    "extend": extend,
    "feed_back": feed_back,
    "rate": rate,
    "reopen": reopen,
    "merge": merge,
    "withdraw": withdraw,
    "reject": reject,
}
"""Verbs that people may send, by their name in the state table; ``close``, ``settle`` and ``archive`` are the system's alone."""

__all__ = [
    "VERBS",
    "Joined",
    "Received",
    "accept",
    "add_note",
    "answer",
    "archive",
    "ask_resident",
    "close",
    "contact",
    "decide",
    "dispatch",
    "end_unit",
    "errand_by_link",
    "errand_step",
    "escalate",
    "extend",
    "feed_back",
    "hand_over",
    "hide_card",
    "join_many",
    "join_request",
    "locate",
    "look",
    "me_too",
    "merge",
    "missed",
    "move_rule",
    "open_case_for_maintenance",
    "open_case_for_request",
    "open_case_for_silent_device",
    "open_case_for_warning",
    "perform",
    "place_under_law",
    "raise_for_danger",
    "rate",
    "rate_by_link",
    "receive",
    "reclassify",
    "reject",
    "remove_rule",
    "reopen",
    "resume",
    "retire_category",
    "return_case",
    "say_by_mail",
    "say_more",
    "send_errand",
    "settle",
    "show_publicly",
    "spend",
    "spend_by_link",
    "start",
    "suspend",
    "take",
    "tick",
    "transfer",
    "two_matters",
    "unspend",
    "waive",
    "watch",
    "withdraw",
    "write_checklist",
    "write_down",
    "write_rule",
    "write_unit",
]


def perform(case_id: int, verb: str, *, actor: Actor, version: int | None = None, **given: Any) -> Case:
    """Do ``verb`` with the fields that were given and return the case.

    Raises what the verb raises, :class:`NotFound` for a verb that people may not send, and :class:`Invalid` for a
    field that it lacks (``missing``) or does not take (``field_unknown``).
    """
    action = VERBS.get(verb)
    if action is None:
        raise NotFound(_("没有这个操作。"), code="verb_unknown")
    takes = signature(action).parameters
    for name in given:
        if name not in takes:
            raise Invalid(_("这一步用不到这一项。"), code="field_unknown", field=name)
    for name, parameter in takes.items():
        if parameter.default is parameter.empty and name not in {"case_id", "actor"} and name not in given:
            given[name] = None
    action(case_id, actor=actor, version=version, **given)
    return Case.objects.get(pk=case_id)
