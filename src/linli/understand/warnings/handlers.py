from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.foundation.privacy.consents.standing import sensed_homes
from linli.foundation.privacy.sensing.hearing import hearings
from linli.foundation.privacy.sensing.models import Declaration
from linli.foundation.registry.models import Home
from linli.sense.telemetry.directory import spot_of
from linli.sense.telemetry.models import Device
from linli.understand.warnings.actions import dismiss
from linli.understand.warnings.calling import await_arrival, hand_on_term, start_climb, stop_climb
from linli.understand.warnings.engine import forget
from linli.understand.warnings.handing import tell_handed
from linli.understand.warnings.last_ears import stands_elsewhere, tell_that_it_is_undeclared, tell_that_it_left
from linli.understand.warnings.models import PlanChange, RuleChange, Warning
from linli.understand.warnings.shipped import keys_for
from linli.understand.warnings.telling_rules import (
    tell_that_it_expired,
    tell_that_plan_expired,
    tell_what_changed_by_itself,
    tell_who_may_agree,
    tell_who_may_agree_to_plan,
)


@on("privacy.consent_withdrawn", "privacy.consent_declined")
def stop_looking_at_the_home(event: Event) -> None:
    """The engine asks for consent before every look; what it remembers of the home goes, and what it asked is settled.

    Where somebody else's consent still lets the home be sensed (a guest moved out), nothing changes.
    """
    home_id, purpose = event.data["home"], event.data["purpose"]
    if sensed_homes(purpose, {home_id}) or not Home.objects.filter(pk=home_id).exists():
        return
    kinds = keys_for(purpose=purpose)
    devices = Device.objects.filter(home_id=home_id).values_list("pk", flat=True)
    sources = [f"home:{home_id}", *(f"device:{pk}" for pk in devices)]
    for kind in kinds:
        forget(sources, kind)
    actor = Actor.for_system("consents", event.community_id)
    with translation.override(settings.LANGUAGE_CODE):
        why = _("这家人不同意再看了，这条预警不用再管。")
    for warning in Warning.objects.live().filter(home=home_id, kind__in=kinds):
        dismiss(warning, finding=Warning.Finding.REFUSED, note=why, actor=actor)


@on("sensing.ended")
def stop_looking_with_it(event: Event) -> None:
    """A declaration was taken down or its assessment ended: what is not declared otherwise is neither remembered nor asked.

    The engine asks the same before every look; what waits would otherwise ask about devices that nobody hears.
    """
    kinds = keys_for(device_type=event.data["type"])
    devices = list(Device.objects.filter(type=event.data["type"]).select_related("building"))
    heard = hearings({spot_of(device) for device in devices})
    silent = [device for device in devices if heard[spot_of(device)].refused]
    for kind in kinds:
        forget([f"device:{device.pk}" for device in silent], kind)
        forget([f"home:{device.home_id}" for device in silent if device.home_id], kind)
    actor = Actor.for_system("sensing", event.community_id)
    with translation.override(settings.LANGUAGE_CODE):
        why = _("这种设备的公示撤下了，这条预警不用再管。")
    homes = {device.home_id for device in silent if device.home_id}
    about = Q(home__in=homes) | Q(device__in=[device.pk for device in silent])
    for warning in Warning.objects.live().filter(about, kind__in=kinds):
        dismiss(warning, finding=Warning.Finding.REFUSED, note=why, actor=actor)


@on("sensing.ended")
def tell_what_is_undeclared(event: Event) -> None:
    made = Declaration.objects.filter(pk=_id(event)).first()
    if made is not None:
        tell_that_it_is_undeclared(made, by=event.actor, key=f"ears:{event.pk}")


@on("telemetry.device_revoked")
def forget_the_device(event: Event) -> None:
    forget([event.subject])


@on("telemetry.device_revoked", "telemetry.device_moved")
def tell_what_nobody_hears(event: Event) -> None:
    """Where it stood; what came in its place listens there already, and so does what has only been written down otherwise."""
    device, before = Device.objects.filter(pk=_id(event)).first(), event.data.get("before")
    if device is None or event.data.get("replaced_by") or (before and not stands_elsewhere(device, before)):
        return
    for name, pk in (before or {}).items():
        setattr(device, name, pk)
    tell_that_it_left(device, by=event.actor, key=f"ears:{event.pk}")


@on("warnings.opened", "warnings.retriggered")
def call_until_answered(event: Event) -> None:
    """A warning that nobody has in hand is called about; one that was handled and is back, again."""
    start_climb(_id(event))


@on("warnings.given_back")
def call_somebody_else(event: Event) -> None:
    """Nobody goes any more: whoever was waited for is waited for no more, and the others are called."""
    warning = Warning.objects.filter(pk=_id(event), state=Warning.State.OPEN).first()
    if warning is not None:
        stop_climb(warning, by=None, at=event.happened_at)
        start_climb(warning.pk, given_back_by=event.data["given_back_by"])


@on("warnings.acknowledged", "warnings.taken_over")
def ask_whether_they_arrived(event: Event) -> None:
    """Somebody goes: nobody else is called, unless they never get there."""
    await_arrival(_id(event), by=event.data["by"], at=event.happened_at)


@on("warnings.handed_to")
def expect_whoever_has_it_now(event: Event) -> None:
    """Its case is in other hands: they go, and hear of it; so does whoever was to go, unless it was they who handed it on."""
    ladder = hand_on_term(_id(event), to=event.data["to"], before=event.data["before"], at=event.happened_at)
    if ladder is not None:
        tell_handed(
            ladder, [one for one in (ladder.said_by_id, ladder.handed_from_id) if one not in (None, event.data["by"])]
        )


@on("warnings.arrived", "warnings.handled", "warnings.cleared", "warnings.dismissed", "warnings.folded")
def call_nobody_else(event: Event) -> None:
    warning = Warning.objects.filter(pk=_id(event)).first()
    if warning is not None:
        stop_climb(warning, by=event.data.get("by"), at=event.happened_at)


@on("warnings.rule_change_asked")
def tell_the_second_person(event: Event) -> None:
    """Unless it has been decided meanwhile."""
    change = RuleChange.objects.filter(pk=_id(event), state=RuleChange.State.ASKED).first()
    if change is not None:
        tell_who_may_agree(change)


@on("warnings.rule_change_expired")
def tell_who_asked(event: Event) -> None:
    change = RuleChange.objects.filter(pk=_id(event)).first()
    if change is not None:
        tell_that_it_expired(change)


@on("warnings.rule_changed")
def tell_what_nobody_pressed(event: Event) -> None:
    """Events of old name no change."""
    change = RuleChange.objects.filter(pk=event.data.get("change", 0)).exclude(by_itself="").first()
    if change is not None:
        tell_what_changed_by_itself(change)


@on("warnings.plan_change_asked")
def tell_who_may_agree_to_the_order(event: Event) -> None:
    """Unless it has been decided meanwhile."""
    change = PlanChange.objects.filter(pk=_id(event), state=PlanChange.State.ASKED).first()
    if change is not None:
        tell_who_may_agree_to_plan(change)


@on("warnings.plan_change_expired")
def tell_who_asked_for_the_order(event: Event) -> None:
    change = PlanChange.objects.filter(pk=_id(event)).first()
    if change is not None:
        tell_that_plan_expired(change)


def _id(event: Event) -> int:
    return int(event.subject.rpartition(":")[2])
