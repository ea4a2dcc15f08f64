"""Who follows a topic is told when more people speak of it: by text message, at most once a day however many topics grew."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.notices.actions import send
from linli.foundation.privacy.reaching import mobile_of
from linli.understand.topics.models import TopicFollow

A_DAY = timedelta(days=1)
NAMED = 3
"""Topics that one message names."""


def tell_followers() -> int:
    """Tell whoever follows topics of which more people speak than when they were told last; returns how many were told.

    Somebody who is no longer of the community's staff, or has no mobile number, is told nothing; the page shows it.
    """
    now = clock.now()
    with transaction.atomic():
        rows = TopicFollow.objects.select_related("topic", "account").select_for_update(of=("self",))
        by_account: dict[int, list[TopicFollow]] = defaultdict(list)
        for row in rows.filter(account__is_active=True).order_by("pk"):
            by_account[row.account_id].append(row)
        return sum(_tell(follows, now) for follows in by_account.values())


def _tell(follows: list[TopicFollow], now: datetime) -> bool:
    last = max((row.told_at for row in follows if row.told_at), default=None)
    if last is not None and now - last < A_DAY:
        return False
    grown = [row for row in follows if row.topic.current and row.topic.people > row.told]
    if not grown:
        return False
    account = grown[0].account
    to = mobile_of(account, "staff_notice", about=f"account:{account.pk}")
    if to is None:
        return False
    grown.sort(key=lambda row: row.told - row.topic.people)
    with translation.override(account.language):
        named = _("；").join(
            _("“%(topic)s”多了 %(n)d 人说") % {"topic": row.topic.label[:24], "n": row.topic.people - row.told}
            for row in grown[:NAMED]
        )
        text = _("您关注的话题：%(named)s。到工作台“话题”里看。") % {"named": named}
    send(to, text, key=f"topics:{account.pk}:{now:%Y%m%d%H%M}", about="topics", community=grown[0].community_id)
    for row in grown:
        row.told, row.told_at = row.topic.people, now
    TopicFollow.objects.bulk_update(grown, ["told", "told_at"])
    return True
