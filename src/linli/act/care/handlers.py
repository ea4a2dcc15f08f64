from linli.act.care.actions import end_round
from linli.act.care.models import Round
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.handling import on
from linli.foundation.events.models import Event


@on("privacy.consent_given")
def end_what_stood_in(event: Event) -> None:
    """Who agrees to the sensor after all is no longer visited in its place."""
    running = Round.objects.running().filter(resident=event.data["resident"], instead_of=event.data["purpose"])
    for started in running:
        end_round(started, actor=Actor.for_system("care", event.community_id))
