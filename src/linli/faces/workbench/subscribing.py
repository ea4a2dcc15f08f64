"""Subscribing to the three rates by e-mail: asked for on the page, sent on its day, ended by one press or with the role."""

from __future__ import annotations

import secrets
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from linli.act.casework.queries.rates import CUTS
from linli.faces.workbench.models import RateSubscription
from linli.faces.workbench.rates_file import CUT_NAMES, workbook
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.queries import actor_of
from linli.foundation.documents.spreadsheets import XLSX
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.notices import mail as post
from linli.foundation.notices.adapters import NotDelivered
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import community_scope

MOST = 5
AT = time(8)
LEASE = timedelta(minutes=30)
FIRST_WAIT = timedelta(minutes=15)
MAX_ATTEMPTS = 5
SHORTEST_DAYS, LONGEST_DAYS = 7, 732
_LINK = "linli.workbench.rates"


def next_moment(now: datetime, rhythm: str) -> datetime:
    """Eight in the morning of the next Monday, or of the next first of a month, strictly after ``now``."""
    day = timezone.localtime(now).date()
    while True:
        fits = day.weekday() == 0 if rhythm == RateSubscription.Rhythm.WEEKLY else day.day == 1
        moment = timezone.make_aware(datetime.combine(day, AT))
        if fits and moment > now:
            return moment
        day += timedelta(days=1)


def subscribe(*, address: str, rhythm: str, cut: str, days: int, actor: Actor) -> RateSubscription:
    """The rates of the last ``days`` days, cut by ``cut``, to ``address``; the same again changes where it goes.

    Raises :class:`NotAllowed` for others than staff, and :class:`Invalid` (``address_bad``, ``rhythm_unknown``,
    ``cut_unknown``, ``subscriptions_too_many``, ``no_post``).
    """
    if not actor.is_staff or actor.account_id is None:
        raise NotAllowed
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid(_("邮箱写得不对，例如 name@example.com。"), code="address_bad", field="address") from None
    if len(address) > 254:
        raise Invalid(_("邮箱太长。"), code="address_bad", field="address")
    if rhythm not in RateSubscription.Rhythm.values:
        raise Invalid(_("请选每周还是每月。"), code="rhythm_unknown", field="rhythm")
    if cut not in CUTS:
        raise Invalid(_("没有这种分法。"), code="cut_unknown", field="by")
    if not post.can_post():
        raise Invalid(_("还没有设好发邮件的办法，请找维护的人。"), code="no_post", field="address")
    days = max(SHORTEST_DAYS, min(days, LONGEST_DAYS))
    with transaction.atomic():
        mine = RateSubscription.objects.filter(account_id=actor.account_id, ended_at=None)
        known = mine.filter(rhythm=rhythm, cut=cut, days=days).first()
        if known is None and mine.count() >= MOST:
            raise Invalid(
                _("最多订 %(n)d 份，先停一份再订。") % {"n": MOST}, code="subscriptions_too_many", field="rhythm"
            )
        now = clock.now()
        kept = known or RateSubscription(
            account_id=actor.account_id, rhythm=rhythm, cut=cut, days=days, asked_at=now,
            next_at=next_moment(now, rhythm), nonce=secrets.token_urlsafe(12),
        )  # fmt: skip
        kept.address = address
        kept.save()
        if known is None:
            record("workbench.rates_subscribed", kept, actor=actor, rhythm=rhythm, cut=cut)
    return kept


def end(subscription_id: int, *, actor: Actor) -> RateSubscription:
    """By whoever asked for it; twice is once. Raises :class:`NotFound`."""
    with transaction.atomic():
        found = RateSubscription.objects.visible_to(actor).filter(pk=subscription_id).first()
        if found is None:
            raise NotFound
        return _end(found, RateSubscription.Ended.SELF, actor)


def end_by_link(token: str) -> RateSubscription:
    """By the link of the e-mail, without signing in; raises :class:`NotFound` for a forged one. Twice is once."""
    found = of_link(token)
    with community_scope(found.community_id), transaction.atomic():
        return _end(found, RateSubscription.Ended.LINK, Actor.for_system("unsubscribe link", found.community_id))


def of_link(token: str) -> RateSubscription:
    """What a link ends; raises :class:`NotFound`."""
    try:
        community, pk, nonce = signing.Signer(salt=_LINK).unsign(token).split(".")
        with community_scope(int(community)):
            found = RateSubscription.objects.filter(pk=int(pk), nonce=nonce).first()
    except (signing.BadSignature, ValueError):
        found = None
    if found is None:
        raise NotFound(_("这个链接已经不能用了。"), code="link_expired")
    return found


def link(subscription: RateSubscription) -> str:
    value = f"{subscription.community_id}.{subscription.pk}.{subscription.nonce}"
    return f"{settings.LINLI_PUBLIC_URL}/u/{signing.Signer(salt=_LINK).sign(value)}"


def _end(found: RateSubscription, why: str, actor: Actor) -> RateSubscription:
    if found.ended_at is None:
        found.ended_at, found.ended_why = clock.now(), why
        found.save(update_fields=["ended_at", "ended_why"])
        record("workbench.rates_unsubscribed", found, actor=actor, why=why)
    return found


def send_due() -> int:
    """Send what is due; returns how many left. The claim moves ``next_at`` first: two workers never send the same one."""
    now = clock.now()
    sent = 0
    for one in RateSubscription.objects.filter(ended_at=None, next_at__lte=now).select_related("account"):
        mine = RateSubscription.objects.filter(pk=one.pk, ended_at=None, next_at=one.next_at)
        if mine.update(next_at=now + LEASE):
            sent += _send(one, now)
    return sent


def _send(one: RateSubscription, now: datetime) -> bool:
    """What the account may see today is what it gets; an account that is no staff any more gets nothing ever again."""
    actor = actor_of(one.account)
    if not one.account.is_active or not actor.is_staff or actor.community_id != one.community_id:
        with transaction.atomic():
            _end(one, RateSubscription.Ended.ROLE, Actor.for_system("rates by mail", one.community_id))
        return False
    with translation.override(one.account.language):
        try:
            post.deliver(_mail(one, actor, timezone.localtime(now).date()))
        except (NotDelivered, ValueError) as error:
            reason = str(error) if isinstance(error, NotDelivered) else type(error).__name__
            again = one.attempts + 1 < MAX_ATTEMPTS
            RateSubscription.objects.filter(pk=one.pk).update(
                attempts=one.attempts + 1 if again else 0,
                last_error=reason[:200],
                next_at=now + FIRST_WAIT * 2**one.attempts if again else next_moment(now, one.rhythm),
            )
            return False
    RateSubscription.objects.filter(pk=one.pk).update(
        attempts=0, last_error="", last_sent_at=now, next_at=next_moment(now, one.rhythm)
    )
    return True


def _mail(one: RateSubscription, actor: Actor, today: date) -> post.Mail:
    last = today - timedelta(days=1)
    first = last - timedelta(days=one.days - 1)
    number, file = workbook(first, last, one.cut, actor=actor, posted=True)
    here = Community.objects.get(pk=one.community_id)
    stop = link(one)
    text = _(
        "%(community)s的三率，%(first)s 到 %(last)s，按%(cut)s分，见附件。不到十件的不写。\n\n不想再收：%(link)s\n"
    ) % {"community": here.name, "first": first, "last": last, "cut": CUT_NAMES[one.cut], "link": stop}
    return post.Mail(
        to=one.address,
        subject=_("%(community)s的三率，%(first)s 到 %(last)s")
        % {"community": here.name, "first": first, "last": last},
        text=text,
        message_id=post.message_id(f"rates.{one.pk}.{secrets.token_hex(8)}"),
        headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        attached=(post.Attached(f"{number}.xlsx", file, XLSX),),
    )
