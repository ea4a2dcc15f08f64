"""Questions as sentences, and why one cannot be asked."""

from __future__ import annotations

from django.utils.translation import gettext as _

from linli.foundation.privacy.analysis.rules.shapes import Question, Shape


def question_words(asked: Question, shape: Shape) -> str:
    """``居民里，只看 女：按 出生年代 分，各有多少``; in the words of the view, which are data."""
    kept = "；".join(
        f"{shape.titles[column]}：{'、'.join(shape.columns[column][one] for one in values)}"
        for column, values in asked.keep.items()
    )
    groups = "、".join(shape.titles[column] for column in asked.group_by)
    measure = shape.measures.get(asked.measure)
    words = [shape.title]
    if kept:
        words.append(_("只看 %(kept)s") % {"kept": kept})
    if groups:
        words.append(_("按%(groups)s分") % {"groups": groups})
    words.append(_("平均%(measure)s") % {"measure": measure.title} if measure else _("有多少"))
    return "，".join(words)


def why_bad(code: str) -> str:
    return {
        "view": _("这个研究不能看这种数据。"),
        "column": _("没有这一列。"),
        "value": _("没有这个值。"),
        "measure": _("没有这个数。"),
        "groups": _("最多按两列分。"),
        "cells": _("分得太细了，一次最多 60 格。"),
    }[code]


def words_for(asked: Question, shape: Shape) -> dict:
    """The words of an answer, kept with it for when the snapshot is gone."""
    measure = shape.measures.get(asked.measure)
    return {
        "titles": {column: shape.titles[column] for column in asked.group_by},
        "values": {column: dict(shape.columns[column]) for column in asked.group_by},
        "measure": f"{measure.title}（{measure.unit}）" if measure else "",
    }
