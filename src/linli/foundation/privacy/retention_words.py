"""How long something is kept, as told to the person whom it is about: the rule itself, in a sentence."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.foundation.privacy.retention.rules import AGGREGATE, DEIDENTIFY, KEEP, Rule, deciding


def kept_until(table: str) -> str:
    """The rule of a table (``app.Model``) in a sentence. Raises :class:`KeyError` for one without a rule."""
    return told(deciding(table))


def told(rule: Rule) -> str:
    """A rule that decides, in a sentence."""
    if rule.then == KEEP:
        return _("一直留着：%(why)s。") % {"why": rule.because}
    facts = {"after": rule.after, "span": span_of(rule)}
    if rule.then == DEIDENTIFY:
        return _("%(after)s以后留 %(span)s。到时候去掉能认出您的内容，只留数目。") % facts
    if rule.then == AGGREGATE:
        return _("%(after)s以后留 %(span)s，到时候换成更粗的汇总。") % facts
    if not span_of(rule):
        return _("%(after)s，就删掉。") % facts
    return _("%(after)s以后留 %(span)s，到时候删掉。") % facts


def span_of(rule: Rule) -> str:
    """``36 个月``, ``30 天``; empty where there is no term."""
    words = []
    if rule.months:
        words.append(ngettext("%(n)d 个月", "%(n)d 个月", rule.months) % {"n": rule.months})
    if rule.days:
        words.append(ngettext("%(n)d 天", "%(n)d 天", rule.days) % {"n": rule.days})
    return " ".join(words)
