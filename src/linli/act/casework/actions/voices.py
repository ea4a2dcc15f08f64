"""A voice message gets its words: a person listened, or a machine heard danger to life in it."""

from __future__ import annotations

from django.db import transaction

from linli.act.casework import searching
from linli.act.casework.actions.changing import label_of, locked_case, reckon_again, write_entry
from linli.act.casework.actions.opening import URGENT, first_title, goes_at_once
from linli.act.casework.models import UNFINISHED, Case, CaseEntry, Level
from linli.act.casework.permissions import sees_as_staff
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.sense.requests import voices
from linli.sense.requests.models import VoiceMessage
from linli.sense.requests.rules.danger import Danger, find_danger
from linli.understand.triage.queries import first_reading
from linli.understand.triage.taxonomy import OTHER


def write_down(case_id: int, *, voice_id: int, words: str, actor: Actor) -> Case:
    """转写: a member of staff wrote down what a voice message says; its speaker reads it, with who wrote it and when.

    The words are read as if they had just been written: category, level and place follow them as long as nobody has chosen
    otherwise, and danger to life goes to a person at once. Writing again corrects what stood there. Raises
    :class:`NotFound` (no such message in this case), :class:`NotAllowed`, and what
    :func:`linli.sense.requests.voices.write_down` refuses.
    """
    with transaction.atomic():
        case = locked_case(case_id, actor)
        if not sees_as_staff(case, actor) or actor.system:
            raise NotAllowed
        voice = VoiceMessage.objects.filter(pk=voice_id, request__joined__case=case).select_related("request").first()
        if voice is None or voice.request is None:
            raise NotFound
        request, before = voice.request, first_title(voice.request)
        danger = voices.write_down(voice, words.strip(), actor=actor, label=label_of(actor))
        if request.words == voice.words:
            _read_anew(case, voice, before)
        raised = danger is not None and _raise(case)
        case.version += 1
        case.save()
        write_entry(
            case, "write_down", actor, clock.now(), case.state, text=voice.words, data={"request_ids": [request.pk]}
        )
        searching.renew([case.pk])
        record(
            "casework.words_written_down",
            case,
            actor=actor,
            request_id=request.pk,
            category=case.category,
            level=case.level,
            building_id=case.building_id,
            raised=raised,
        )
        if case.level in URGENT and case.state in UNFINISHED:
            goes_at_once(case, Actor.for_system("triage", case.community_id))
    return Case.objects.get(pk=case_id)


def raise_for_danger(request_id: int, *, actor: Actor) -> Case | None:
    """What a speech engine heard sounds like danger to life: its case becomes P0 at once, and a person finds out. ``None`` where
    it already is, has ended, or the words are gone."""
    if not actor.system:
        raise NotAllowed
    with transaction.atomic():
        case_id = Case.objects.filter(joined__request=request_id).values_list("pk", flat=True).first()
        voice = VoiceMessage.objects.filter(request=request_id).first()
        danger = find_danger(voice.suggested) if voice is not None else None
        return raise_for_words(case_id, danger, actor=actor) if case_id is not None and danger is not None else None


def raise_for_words(case_id: int, danger: Danger, *, actor: Actor) -> Case | None:
    """P0 at once, by the system, because of words that came later than the case; ``None`` where it already is or has ended."""
    with transaction.atomic():
        case = locked_case(case_id, actor)
        if not _raise(case):
            return None
        case.version += 1
        case.save()
        write_entry(case, "raise", actor, clock.now(), case.state, text=danger.word, public=False)
        record("casework.case_raised", case, actor=actor, sign=danger.sign)
        goes_at_once(case, actor)
    return Case.objects.get(pk=case_id)


def _read_anew(case: Case, voice: VoiceMessage, title_before: str) -> None:
    """What nobody has chosen by hand follows the words."""
    assert voice.request is not None
    found = first_reading(voice.request)
    if case.title == title_before or not case.title:
        case.title = first_title(voice.request)
    if case.state not in UNFINISHED:
        return
    chosen = CaseEntry.objects.filter(case=case, verb="reclassify").exists()
    if case.category == OTHER or not chosen:
        case.category = found.category
    if not chosen or (found.level in URGENT and found.level < case.level):
        case.level = found.level
    if case.building_id is None and found.building_id is not None:
        case.building_id = found.building_id
        if case.grid_id is None and case.building is not None:
            case.grid_id = case.building.grid_id
    reckon_again(case)


def _raise(case: Case) -> bool:
    """Make it P0 where that means anything; whether it was not before."""
    if case.state not in UNFINISHED or case.level == Level.P0:
        return False
    case.level = Level.P0
    reckon_again(case)
    return True
