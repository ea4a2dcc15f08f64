"""How a case begins: from a request, from a warning, or by joining one that is already open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Unpack

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from linli.act.casework import searching
from linli.act.casework.actions.changing import begin, reckon_again, write_entry
from linli.act.casework.actions.colleagues import watch_what_goes_on
from linli.act.casework.deadlines import CaseRules, rules_on
from linli.act.casework.models import ENDED, UNFINISHED, Case, CaseEntry, CaseRequest, Level, State
from linli.act.casework.numbering import next_number
from linli.act.casework.people import one_of_the_community, worker_with_least_to_do
from linli.act.casework.rules.titles import title_of
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.registry.models import Building
from linli.sense.requests.actions import Given, check_request, keep_request
from linli.sense.requests.models import Request
from linli.sense.requests.rules.danger import Danger
from linli.sense.requests.voices import is_voice_alone
from linli.sense.telemetry.models import DeviceEntry
from linli.understand.triage.queries import First, first_reading
from linli.understand.triage.taxonomy import BROKEN_DEVICE, OF_DEVICES, OTHER, SILENT_DEVICE
from linli.understand.warnings.causes import category_of
from linli.understand.warnings.detectors.unused import SILENT_AFTER
from linli.understand.warnings.models import Warning
from linli.understand.warnings.places import Place as DevicePlace
from linli.understand.warnings.places import devices_with_places, place_of

URGENT = (Level.P0, Level.P1)


@dataclass(frozen=True)
class Received:
    """``case`` has the number to tell the person; ``danger`` asks the page to show 110, 119 and 120 first."""

    request: Request
    case: Case
    danger: Danger | None
    repeated: bool


def receive(words: str, *, actor: Actor, **given: Unpack[Given]) -> Received:
    """File a request and open its case in one transaction, so that the person leaves with a number.

    For pages and the API. Refuses what :func:`linli.sense.requests.actions.file_request` refuses; the same
    ``client_key`` answers with the same request and case.
    """
    checked = check_request(words, actor=actor, **given)
    read = _Begin.of(checked.request) if checked.before is None else None
    with transaction.atomic():
        filed = keep_request(checked, actor=actor)
        system = Actor.for_system("triage", filed.request.community_id)
        if filed.repeated:
            case = _case_of(filed.request) or _open_for(filed.request, system)
        else:
            case = _open_new(filed.request, read or _Begin.of(filed.request), system)
    return Received(filed.request, case, filed.danger, filed.repeated)


def open_case_for_request(request_id: int, *, actor: Actor) -> Case:
    """The case of a request, opened now unless it has one. Urgent ones go to the grid's worker at once."""
    if not actor.system:
        raise NotAllowed
    with transaction.atomic():
        request = Request.objects.select_related("building", "facility", "speaker").filter(pk=request_id).first()
        if request is None:
            raise NotFound
        if (known := _case_of(request)) is not None:
            return known
        return _open_for(request, actor)


def open_case_for_warning(warning_id: int, *, actor: Actor) -> Case:
    """The case of a warning, opened now unless it has one; dispatched to the grid of the place at once."""
    if not actor.system:
        raise NotAllowed
    with transaction.atomic():
        warning = Warning.objects.select_for_update(of=("self",)).filter(pk=warning_id).first()
        if warning is None:
            raise NotFound
        if (known := Case.objects.filter(warning=warning).first()) is not None:
            return known
        case = _open(
            title="",
            category=category_of(warning.kind) or OTHER,
            level=warning.level if warning.level in Level.values else Level.P2,
            grid_id=warning.grid_id,
            building_id=warning.building_id,
            home_id=warning.home_id,
            facility_id=warning.facility_id,
            warning=warning,
        )
        return _announce(case, actor, warning_id=warning.pk, warning_kind=warning.kind)


def open_case_for_silent_device(device_id: int, *, since: datetime, actor: Actor) -> Case | None:
    """The case of a device that has said nothing since ``since``: one as long as it lasts, opened now unless it has one.

    For the grid of the place, who finds out why (``domain.md`` §5.5). While a grid has such a case, further devices
    of it that fall silent join it: one outage is one errand. ``None`` for a device that was revoked meanwhile, that
    stands nowhere, or that spoke again.
    """
    if not actor.system:
        raise NotAllowed
    with transaction.atomic():
        device = devices_with_places({device_id}).get(device_id)
        place = place_of(device) if device is not None else None
        spoke_again = (
            device is not None and device.last_seen_at is not None and device.last_seen_at > since + SILENT_AFTER
        )
        if device is None or place is None or spoke_again:
            return None
        told = CaseEntry.objects.filter(verb__in=("open", "join"), data__device_id=device_id)
        known = told.filter(Q(data__silent_since=since.isoformat()) | ~Q(case__state__in=ENDED)).first()
        if known is not None:
            return known.case
        facts = {
            "device_id": device_id, "device": str(device.name or device.code), "silent_since": since.isoformat(),
        }  # fmt: skip
        if (of_grid := _silence_of(place.grid_id)) is not None:
            return _join_device(of_grid, place, actor, facts)
        case = _open_at(place, category=SILENT_DEVICE)
        return _announce(case, actor, **facts)


def open_case_for_maintenance(device_id: int, entry_id: int, *, actor: Actor) -> Case | None:
    """The case of a device that somebody asked to have repaired, opened now unless it has one; for the grid of its place.

    ``entry_id``: the line of the device's life that asked. ``None`` for a device that was revoked meanwhile or stands nowhere.
    """
    if not actor.system:
        raise NotAllowed
    with transaction.atomic():
        device = devices_with_places({device_id}).get(device_id)
        place = place_of(device) if device is not None else None
        if device is None or place is None:
            return None
        known = CaseEntry.objects.filter(verb="open", data__maintenance_id=entry_id).first()
        if known is not None:
            return known.case
        name = str(device.name or device.code)
        asked = DeviceEntry.objects.filter(device=device, pk=entry_id).first()
        with translation.override(settings.LANGUAGE_CODE):
            title = _("%(device)s报修：%(what)s") % {"device": name, "what": asked.note if asked else ""}
        case = _open_at(place, category=BROKEN_DEVICE, title=title_of(title))
        return _announce(case, actor, device_id=device.pk, device=name, maintenance_id=entry_id)


def _silence_of(grid_id: int | None) -> Case | None:
    """The grid's case of silent devices that somebody still works at."""
    here = {"grid_id": grid_id} if grid_id is not None else {"grid__isnull": True}
    open_ones = Case.objects.filter(**here, category=SILENT_DEVICE, warning=None, joined__isnull=True)
    return open_ones.filter(state__in=UNFINISHED).order_by("pk").select_for_update(of=("self",)).first()


def _join_device(case: Case, place: DevicePlace, actor: Actor, facts: dict[str, Any]) -> Case:
    """The case names how many there are and keeps of the place what all of them share."""
    if case.home_id != place.home_id:
        case.home = None
    if case.building_id != place.building_id:
        case.building = None
    if case.facility_id != place.facility_id:
        case.facility = None
    write_entry(case, "join", actor, clock.now(), case.state, public=False, data=facts)
    devices = case.entries.filter(verb__in=("open", "join"), data__device_id__isnull=False).count()
    with translation.override(settings.LANGUAGE_CODE):
        case.title = _("%(n)d 台设备没有消息") % {"n": devices}
    case.version += 1
    case.save()
    searching.renew([case.pk])
    return case


def join_request(request_id: int, *, into_id: int, actor: Actor) -> Case:
    """Let one more request be answered by an open case; staff only. Its own case, when it has one, is merged."""
    with transaction.atomic():
        request = Request.objects.visible_to(actor).filter(pk=request_id).first()
        if request is None:
            raise NotFound
        if (own := _case_of(request)) is not None:
            return merge(own.pk, into_id=into_id, actor=actor)
        case = _joinable(into_id, actor)
        CaseRequest.objects.create(case=case, request=request, joined_at=clock.now())
        _tell_joined(case, actor, [request.pk])
    return case


def merge(case_id: int, *, into_id: int, actor: Actor, version: int | None = None) -> Case:
    """并案: the case ends as merged and its reporters follow the other one, which answers every one of them.

    Returns the case that goes on. Raises :class:`Conflict` when the other one has ended (``parent_ended``) or is
    the same (``parent_is_self``).
    """
    with transaction.atomic():
        if case_id == into_id:
            raise Conflict(_("不能和自己并案。"), code="parent_is_self", field="into_id")
        _hold_both(case_id, into_id)
        change = begin(case_id, "merge", actor=actor, version=version, into_id=into_id)
        parent = _joinable(into_id, actor)
        child = change.case
        request_ids = list(child.joined.values_list("request_id", flat=True))
        child.joined.update(case=parent)
        Case.objects.filter(parent=child).update(parent=parent)
        child.parent = parent
        child.paused_at = None
        change.write(data={"parent": parent.number, "parent_id": parent.pk})
        if Level(child.level) in URGENT and list(Level).index(Level(child.level)) < list(Level).index(
            Level(parent.level)
        ):
            parent.level = child.level
            reckon_again(parent)
        watch_what_goes_on([child.pk], parent)
        _tell_joined(parent, actor, request_ids, number=child.number)
    return parent


def _hold_both(*case_ids: int | None) -> None:
    """In one order whoever asks, so that merging two cases into each other at once does not lock up (PostgreSQL)."""
    known = [pk for pk in case_ids if pk is not None]
    list(Case.objects.filter(pk__in=known).order_by("pk").select_for_update(of=("self",)).values_list("pk"))


def _case_of(request: Request) -> Case | None:
    return Case.objects.filter(joined__request=request).first()


@dataclass(frozen=True)
class _Begin:
    """With what a request's case begins, as far as it is read and not written: the day's rules, category, level and place."""

    day: date
    rules: CaseRules
    first: First
    building: Building | None
    grid_id: int | None

    @classmethod
    def of(cls, request: Request) -> _Begin:
        guessed = first_reading(request)
        facility, building = request.facility, request.building
        if building is None and guessed.building_id is not None:
            building = Building.objects.get(pk=guessed.building_id)
        grid_id = facility.grid_id if facility else building.grid_id if building else None
        day = clock.today()
        return cls(day, rules_on(day), guessed, building, grid_id)


def _open_for(request: Request, actor: Actor) -> Case:
    """For a request that others see already and may open a case for at the same time."""
    begin = _Begin.of(request)
    try:
        with transaction.atomic():
            case = _written_case(request, begin)
    except IntegrityError:
        if (known := _case_of(request)) is None:
            raise
        return known
    return _announce_request(case, request, begin, actor)


def _open_new(request: Request, begin: _Begin, actor: Actor) -> Case:
    """For a request that was filed in the same transaction."""
    return _announce_request(_written_case(request, begin), request, begin, actor)


def _written_case(request: Request, begin: _Begin) -> Case:
    facility, building = request.facility, begin.building
    case = _open(
        said=(request.words,),
        rules=begin.rules if begin.day == clock.today() else None,
        title=first_title(request),
        category=begin.first.category,
        level=begin.first.level,
        grid_id=begin.grid_id,
        building_id=building.pk if building else None,
        home_id=request.home_id,
        facility_id=request.facility_id,
        x=request.x if request.x is not None else getattr(facility, "x", None),
        y=request.y if request.y is not None else getattr(facility, "y", None),
    )
    CaseRequest.objects.create(case=case, request=request, joined_at=case.opened_at)
    return case


def _announce_request(case: Case, request: Request, begin: _Begin, actor: Actor) -> Case:
    evidence = list(begin.first.evidence)
    return _announce(case, actor, request_id=request.pk, channel=request.channel, evidence=evidence)


def first_title(request: Request) -> str:
    """In the source language, as whatever a case is called by its reporter's own words."""
    if is_voice_alone(request):
        with translation.override(settings.LANGUAGE_CODE):
            return _("语音留言，等人听写")
    return title_of(request.words)


def _open_at(place: DevicePlace, *, category: str, title: str = "") -> Case:
    """The case of a device that somebody has to go to."""
    return _open(
        title=title,
        category=category,
        level=Level.P2,
        grid_id=place.grid_id,
        building_id=place.building_id,
        home_id=place.home_id,
        facility_id=place.facility_id,
    )


def _open(*, said: Sequence[str] = (), rules: CaseRules | None = None, **fields: Any) -> Case:
    """The day's number is taken last of what is asked: until the transaction ends every other new case waits for it."""
    now = clock.now()
    day = timezone.localtime(now).date()
    rules = rules or rules_on(day)
    case = Case(
        state=State.SUBMITTED,
        rules_version=rules.base.version,
        opened_at=now,
        clock_from=now,
        **fields,
    )
    reckon_again(case, rules)
    case.number = next_number(day)
    case.save()
    searching.begin(case, said)
    return case


def _announce(case: Case, actor: Actor, **facts: Any) -> Case:
    """Entry and event of the opening; an urgent case is accepted at once."""
    write_entry(case, "open", actor, case.opened_at, "", data=facts | {"category": case.category, "level": case.level})
    record(
        "casework.case_opened",
        case,
        actor=actor,
        number=case.number,
        level=case.level,
        category=case.category,
        grid_id=case.grid_id,
        building_id=case.building_id,
        **{name: value for name, value in facts.items() if name != "evidence"},
    )
    if case.level in URGENT or case.warning_id is not None or case.category in OF_DEVICES:
        return goes_at_once(case, actor)
    return case


def goes_at_once(case: Case, actor: Actor) -> Case:
    """Accepted without waiting for anybody, an urgent one with a worker; danger to life is never in nobody's hands."""
    from linli.act.casework.actions.handling import accept

    if case.state == State.SUBMITTED:
        worker = worker_with_least_to_do(case.grid_id) if case.level in URGENT and case.grid_id else None
        case = accept(case.pk, actor=actor, handler_id=worker.pk if worker else None)
    return _to_a_person(case, actor) if case.level == Level.P0 and case.handler_id is None else case


def _to_a_person(case: Case, actor: Actor) -> Case:
    """Danger to life that no grid's worker has taken, because nobody knows where it is or the grid has none: it goes to
    somebody of the community at once and never waits in a list (``domain.md`` §2.1)."""
    somebody = one_of_the_community()
    if somebody is None:
        return case
    case.handler = somebody
    case.version += 1
    case.save()
    data = {"handler": somebody.display_name, "handler_id": somebody.pk}
    write_entry(case, "hand_over", actor, clock.now(), case.state, public=False, data=data)
    return case


def _joinable(case_id: int, actor: Actor) -> Case:
    case = Case.objects.visible_to(actor).filter(pk=case_id).select_for_update(of=("self",)).first()
    if case is None:
        raise NotFound(field="into_id")
    if not (actor.system or actor.is_community_staff or case.grid_id in actor.grid_ids):
        raise NotAllowed
    if case.state in ENDED:
        raise Conflict(_("要并进去的那件事已经办结了。"), code="parent_ended", field="into_id")
    return case


def _tell_joined(case: Case, actor: Actor, request_ids: list[int], **facts: Any) -> None:
    if case.warning_id is not None:
        reckon_again(case)
    case.version += 1
    case.save()
    write_entry(case, "join", actor, clock.now(), case.state, data={"reporters": len(request_ids), **facts})
    record("casework.requests_joined", case, actor=actor, request_ids=request_ids)
