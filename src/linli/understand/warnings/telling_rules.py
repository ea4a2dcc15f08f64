"""Staff are told of changes about danger to life: that one waits for them, that it waited in vain, that a rule listens again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.holders import holders
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.persons import accounts_of
from linli.foundation.accounts.roles import Role
from linli.foundation.lifecycle.explaining import moment
from linli.foundation.privacy.purposes import Words
from linli.understand.warnings.models import PlanChange, Rule, RuleChange
from linli.understand.warnings.shipped import shipped_rules
from linli.understand.warnings.staff_messages import tell_each
from linli.understand.warnings.two_persons import CHANGED_BY

TOLD_BEFORE = timedelta(days=1)
Fact = str | datetime | Words


def tell_who_may_agree(change: RuleChange) -> None:
    """Everybody who could be the second person."""
    people = list(holders(*CHANGED_BY))
    own = accounts_of(change.asked_by_id, [one.pk for one in people])
    _tell(
        [one for one in people if one.pk not in own],
        change.rule,
        lambda: _("险情规则“%(rule)s”有一个改动等您同意，%(who)s提的，等到 %(until)s。请看：%(link)s"),
        {"who": change.asked_as.rpartition(" ")[2], "until": change.expires_at},
        key=f"rule-asked:{change.pk}",
    )


def tell_that_it_expired(change: RuleChange) -> None:
    """Whoever asked for it."""
    _tell(
        Account.objects.filter(pk=change.asked_by_id or 0, is_active=True),
        change.rule,
        lambda: _("您提的“%(rule)s”的改动 7 天没有人同意，过期了，规则照旧。还要改，请再提一次：%(link)s"),
        {},
        key=f"rule-expired:{change.pk}",
    )


def tell_what_changed_by_itself(change: RuleChange) -> None:
    """The director."""
    again = change.by_itself == RuleChange.ByItself.LISTENS_AGAIN
    _tell(
        holders(Role.COMMUNITY_DIRECTOR),
        change.rule,
        lambda: (
            _("险情规则“%(rule)s”关到期了，已经重新开了，报了险情会叫人。请看：%(link)s")
            if again
            else _("险情规则“%(rule)s”一直关着，没有写到哪天。现在定了 7 天后自己重新开。请看：%(link)s")
        ),
        {},
        key=f"rule-by-itself:{change.pk}",
    )


def tell_of_tomorrow() -> None:
    """The director, once: which rules listen again within a day."""
    now = clock.now()
    ending = Rule.objects.filter(on=False, off_until__gt=now, off_until__lte=now + TOLD_BEFORE)
    for row in ending.filter(key__in=shipped_rules()):
        assert row.off_until is not None
        _tell(
            holders(Role.COMMUNITY_DIRECTOR),
            row.key,
            lambda: _("险情规则“%(rule)s”关到 %(until)s，到时自己重新开。还不能开，请现在提：%(link)s"),
            {"until": row.off_until},
            key=f"rule-ends:{row.pk}:{row.off_until:%Y%m%d%H%M%S}",
        )


def tell_who_may_agree_to_plan(change: PlanChange) -> None:
    """Everybody who could be the second person."""
    people = list(holders(*CHANGED_BY))
    own = accounts_of(change.asked_by_id, [one.pk for one in people])
    _tell_of_plan(
        [one for one in people if one.pk not in own],
        lambda: _(
            "叫应次序有一个改动等您同意，出了险情会少叫到人或者到得更晚，%(who)s提的，等到 %(until)s。请看：%(link)s"
        ),
        {"who": change.asked_as.rpartition(" ")[2], "until": change.expires_at},
        key=f"plan-asked:{change.pk}",
    )


def tell_that_plan_expired(change: PlanChange) -> None:
    """Whoever asked for it."""
    _tell_of_plan(
        Account.objects.filter(pk=change.asked_by_id or 0, is_active=True),
        lambda: _("您提的叫应次序的改动 7 天没有人同意，过期了，次序照旧。还要改，请再提一次：%(link)s"),
        {},
        key=f"plan-expired:{change.pk}",
    )


def _tell_of_plan(people: Iterable[Account], words: Callable[[], str], told: dict[str, Fact], *, key: str) -> None:
    _say(people, words, told, key=key, path="/workbench/warnings/calling/")


def _tell(people: Iterable[Account], rule: str, words: Callable[[], str], told: dict[str, Fact], *, key: str) -> None:
    name = shipped_rules()[rule].name
    _say(people, words, told | {"rule": name}, key=key, path=f"/workbench/warnings/rules/{rule}/")


def _say(people: Iterable[Account], words: Callable[[], str], told: dict[str, Fact], *, key: str, path: str) -> None:
    """``words`` are looked up, and what is ``told`` is said, in each reader's language."""

    def said(link: str) -> str:
        facts = {one: moment(value) if isinstance(value, datetime) else str(value) for one, value in told.items()}
        return words() % (facts | {"link": link})

    tell_each(people, said, key=key, path=path)
