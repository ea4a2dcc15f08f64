"""What the doors do by themselves."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django_tasks import task

from linli.foundation.accounts.actor import Actor
from linli.foundation.lifecycle.ticks import Lane, tick
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import active_community_id, community_scope
from linli.sense.intake import actions, letters, mail


@task()
def file_orders(community_id: int, file_id: int) -> None:
    with community_scope(community_id):
        actions.run_hotline_file(file_id, Actor.for_system("hotline", community_id))


@task()
def read_paper(community_id: int, arrival_id: int, photo_id: int) -> None:
    with community_scope(community_id):
        actions.read_paper(arrival_id, photo_id, actor=Actor.for_system("paper", community_id))


@tick(timedelta(hours=1), real_time=True)
def forget_hotline_files() -> None:
    """They hold the numbers of everybody who called: kept a day and no longer."""
    actions.forget_old_files()


@tick(timedelta(minutes=1), real_time=True, lane=Lane.SLOW)
def fetch_mail() -> None:
    """What lies in the mailbox of the settings, for the community that it belongs to (the only one, unless it is named)."""
    here = active_community_id()
    wanted = Community.objects.all()
    if settings.LINLI_MAIL_COMMUNITY:
        wanted = wanted.filter(code=settings.LINLI_MAIL_COMMUNITY)
    if list(wanted.values_list("pk", flat=True)[:2]) == [here]:
        mail.fetch(Actor.for_system("mail", here))


@tick(timedelta(seconds=5), real_time=True, lane=Lane.SLOW)
def deliver_letters() -> None:
    letters.deliver_due()
