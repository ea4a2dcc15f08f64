"""Questions as sentences, and why one cannot be asked."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from linli.foundation.privacy.analysis.catalogue import views
from linli.foundation.privacy.analysis.rules.shapes import Question, Shape


def question_words(asked: Question, shape: Shape) -> str:
    """``居民里，只看 女：按 出生年代 分，各有多少``"""
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


def in_the_readers_words(shape: Shape) -> Shape:
    """A snapshot's shape with the words of the view as it speaks now, in the reader's language."""
    made = views().get(shape.view)
    if made is None:
        return shape
    now = made.shape()
    return replace(
        shape,
        title=now.title,
        titles={**shape.titles, **now.titles},
        columns={
            column: {value: now.columns.get(column, {}).get(value, words) for value, words in values.items()}
            for column, values in shape.columns.items()
        },
        measures={key: now.measures.get(key, one) for key, one in shape.measures.items()},
    )


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
    """The part of the shape that an answer needs, kept with it for when the snapshot is gone."""
    columns = {column: shape.columns[column] for column in {*asked.group_by, *asked.keep}}
    titles = {column: shape.titles[column] for column in columns}
    measures = {asked.measure: shape.measures[asked.measure]} if asked.measure else {}
    return Shape(shape.view, shape.title, columns, titles, measures, shape.cap).as_json()
