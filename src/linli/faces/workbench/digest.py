"""The monthly opinion digest: what was said, what grew, in whose words; for the committee's table and the notice board."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.act.casework.models import Case
from linli.faces.workbench.months import midnight, span_of_month
from linli.foundation.accounts.actor import Actor
from linli.foundation.documents import render_pdf
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import active_community_id
from linli.sense.requests.models import Request
from linli.understand.topics.models import Topic, TopicRequest
from linli.understand.triage.taxonomy import category

TOPICS = 12
CLASSES = 12


def digest_pdf(first: date, *, actor: Actor) -> bytes:
    """Of the month that begins on ``first``; topics are those of which anything was said in it."""
    begins, ends = span_of_month(first)
    before = midnight((first - timedelta(days=1)).replace(day=1))
    said = Request.objects.visible_to(actor).filter(said_at__gte=begins, said_at__lt=ends)
    earlier = Request.objects.visible_to(actor).filter(said_at__gte=before, said_at__lt=begins).count()
    total, speakers = said.count(), _speakers(said)
    language = get_language() or "zh-hans"
    cases = Case.objects.visible_to(actor).filter(joined__request__in=said).distinct()
    classes = Counter(f"{code[:2]}0000" for code in cases.values_list("category", flat=True))
    community = Community.objects.get(pk=active_community_id())
    topics = _topics(begins, ends)
    return render_pdf(
        "workbench/digest.typ",
        {
            "title": _("%(month)s 民情月报") % {"month": f"{first:%Y-%m}"},
            "community": community.name,
            "facts": [
                (_("说了多少"), _("%(n)d 条，上个月 %(before)d 条") % {"n": total, "before": earlier}),
                (_("多少人说"), _("%(n)d 人（没留姓名电话的一条算一人）") % {"n": speakers}),
                (_("归成多少个话题"), _("%(n)d 个") % {"n": len(topics)}),
            ],
            "by_class": _("都是哪些事"),
            "class_head": [_("大类"), _("件")],
            "classes": [[category(code).name(language), str(n)] for code, n in classes.most_common(CLASSES)],
            "talked": _("大家在说什么"),
            "topics": topics,
            "voices": _("代表性的话（姓名、电话、地址已遮盖）"),
            "nothing": "" if topics else _("这个月还没有几个人说同一件事。"),
            "how": _(
                "话题由程序把意思相近的诉求放在一起，热度＝说的人数 × 轻重 × 时间，工作人员可以拆开。并案的诉求各算各的。"
            ),
        },
        who=actor.name or community.name,
    )


def _topics(begins: datetime, ends: datetime) -> list[dict]:
    inside = TopicRequest.objects.filter(
        topic__span__in=(Topic.Span.MONTH, Topic.Span.PAST), request__said_at__gte=begins, request__said_at__lt=ends
    )
    counted = Counter(inside.values_list("topic_id", flat=True))
    rows = {topic.pk: topic for topic in Topic.objects.filter(pk__in=[pk for pk, _n in counted.most_common(TOPICS)])}
    ordered = sorted(rows.values(), key=lambda topic: (-counted[topic.pk], -topic.heat))
    return [
        {
            "label": topic.label,
            "line": _("这个月 %(n)d 条 · 一共 %(people)d 人说过 · %(trend)s") % {
                "n": counted[topic.pk], "people": topic.people, "trend": topic.get_trend_display(),
            },
            "voices": topic.voices,
        }
        for topic in ordered
    ]  # fmt: skip


def _speakers(said) -> int:
    known, phones, unknown = set(), set(), 0
    for speaker_id, phone in said.values_list("speaker_id", "speaker_phone_index"):
        if speaker_id:
            known.add(speaker_id)
        elif phone:
            phones.add(phone)
        else:
            unknown += 1
    return len(known) + len(phones) + unknown
