from datetime import timedelta

from linli.act.care.actions import end_round
from linli.act.care.models import Round
from linli.foundation.accounts.actor import Actor
from linli.foundation.lifecycle.ticks import tick
from linli.foundation.tenancy import active_community_id


@tick(timedelta(hours=6))
def end_rounds_of_who_left() -> None:
    for started in Round.objects.running().filter(resident__left_on__isnull=False):
        end_round(started, actor=Actor.for_system("care", active_community_id()))
