"""Everything that the page of one case shows to staff."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from django.conf import settings
from django.db.models import Prefetch
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from linli.act.casework.deadlines import place_term, reckoned, rules_of
from linli.act.casework.models import Case, CaseEntry, CaseRequest, Law, Rating
from linli.act.casework.permissions import allowed_steps, sees_as_staff
from linli.act.casework.queries.checklists import Check, checks_of
from linli.act.casework.queries.its_warnings import asked_at_the_end
from linli.act.casework.queries.worklists import case_rows, next_due, readings_of
from linli.act.casework.wording import (
    VERB_LABELS,
    case_title,
    category_path,
    entry_sentence,
    place_name,
    place_sentences,
    step_name,
    time_left,
    verb_label,
)
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor, beside_name_as_read
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import NotFound
from linli.foundation.files.models import Attachment
from linli.foundation.lifecycle.explaining import explain
from linli.foundation.privacy.door import masked
from linli.foundation.privacy.masking import mask_name
from linli.sense.intake import letters
from linli.sense.requests.models import Request, VoiceMessage
from linli.sense.requests.speaking import residents_spoken_for
from linli.sense.requests.voices import shown_words, voice_of

TO_A_RESIDENT = frozenset({"ask_resident", "rate"})
"""Verbs that make no sense where no resident has said anything."""
OF_A_CHECKLIST = frozenset({"tick", "waive"})


@dataclass(frozen=True)
class AllowedVerb:
    """``needs`` are the names of the fields that must be given to ``actions.perform``."""

    verb: str
    label: str
    needs: tuple[str, ...]


def shown_in(entry: CaseEntry) -> str:
    """What the photos of an entry are of; those beside the result are of after the work."""
    return entry.data.get("shows") or ("after" if entry.verb == "feed_back" else "")


@dataclass(frozen=True)
class TimelineEntry:
    """``sentence`` is made for the reader, ``text`` is what a person wrote, ``mentions`` the names of colleagues it is for."""

    entry: CaseEntry
    at: datetime
    sentence: str
    text: str
    by: str
    public: bool
    photos: tuple[Attachment, ...]
    mentions: tuple[str, ...] = ()

    @property
    def shows(self) -> str:
        """``before``, ``after``, or empty where nobody has said what the photos are of."""
        return shown_in(self.entry)


@dataclass(frozen=True)
class Reporter:
    """Who said it, ``not_arrived`` of the e-mails that it was written never left: ``name`` and ``phone`` are masked (``方*``, ``199****0001``); ``age`` in full years, if known."""

    request: Request
    words: str
    name: str
    phone: str
    age: int | None
    channel: str
    said_at: datetime
    entered_by: str
    photos: tuple[Attachment, ...]
    withdrawn: bool
    rating: Rating | None
    voice: VoiceMessage | None = None
    not_arrived: int = 0


@dataclass(frozen=True)
class CasePage:
    """``due_step`` is 受理, 联系居民 (到现场 for a case from a device that nobody reported) or 办好 in the reader's language, empty while the clock stands still."""

    case: Case
    title: str
    place: str
    category: str
    verbs: tuple[AllowedVerb, ...]
    timeline: tuple[TimelineEntry, ...]
    reporters: tuple[Reporter, ...]
    due_step: str
    due: datetime | None
    due_text: str
    explanation: tuple[str, ...]
    checks: tuple[Check, ...] = ()


def load_case(pk: int, *, actor: Actor) -> Case:
    """The case as a row of a list; raises :class:`NotFound`."""
    case = case_rows(actor).filter(pk=pk).first()
    if case is None:
        raise NotFound
    return case


def case_page(case: Case, actor: Actor) -> CasePage:
    """``case`` comes from :func:`load_case`."""
    now = clock.now()
    owed = next_due(case)
    whole = sees_everything(case, actor)
    seen = readings_of([case], actor)
    checks = tuple(checks_of(case)) if whole else ()
    return CasePage(
        case=case,
        title=case_title(case, seen),
        place=place_name(case),
        category=category_path(case),
        verbs=allowed_verbs(case, actor, now=now, checks=checks),
        timeline=timeline(case, actor),
        reporters=reporters(case, now=now, only_of=None if whole else residents_spoken_for(actor)),
        due_step=step_name(owed[0], nobody_reported=case.nobody_reported()) if owed else "",
        due=owed[1] if owed else None,
        due_text=time_left(case, owed, now) if owed else "",
        explanation=tuple(explain_deadline(case, owed[0] if owed else "finish")),
        checks=checks,
    )


def sees_everything(case: Case, actor: Actor) -> bool:
    """Internal notes are for the community's staff, the grid's and the handler."""
    return sees_as_staff(case, actor)


def allowed_verbs(
    case: Case, actor: Actor, *, now: datetime, checks: tuple[Check, ...] | None = None
) -> tuple[AllowedVerb, ...]:
    """``checks`` of the case, where they are known already; without any there is nothing to tick. As long as nobody has said
    what was found of one of its warnings, feeding it back needs that too, and while danger to life sounds and nobody has come, that somebody was there."""
    unreported = case.nobody_reported()
    steps = allowed_steps(case, actor, now=now)
    senseless = set(TO_A_RESIDENT if unreported else ())
    if any(step.verb in OF_A_CHECKLIST for step in steps):
        known = checks_of(case) if checks is None else checks
        senseless |= set() if known else {"tick"}
        senseless |= set() if any(check.state == "open" for check in known) else {"waive"}
    asks_more: dict[str, set[str]] = {}
    if any(step.verb == "feed_back" for step in steps):
        unfound, unseen = asked_at_the_end(case)
        asks_more["feed_back"] = ({"finding"} if unfound else set()) | ({"on_site"} if unseen else set())
    return tuple(
        AllowedVerb(
            step.verb,
            verb_label(step.verb, nobody_reported=unreported),
            tuple(sorted(step.needs | asks_more.get(step.verb, set()))),
        )
        for step in steps
        if step.verb in VERB_LABELS and step.verb not in senseless
    )


def explain_deadline(case: Case, step: str = "finish") -> list[str]:
    """How the deadline of ``step`` (accept, contact, finish) was reached: start, rule, days off, pauses, result.

    Of a warning's case that nobody reported, the way to the place is explained by the term of the warning.
    """
    rules = rules_of(case.rules_version)
    due = getattr(reckoned(case, rules), step)
    if step != "accept" and case.contacted_at is None and (term := place_term(case)) is not None:
        if step == "contact":
            return place_sentences(term)
        if term.due > due.due_at:
            return [*place_sentences(term), _("办好的时间不早于到现场的时间。")]
    source = rules.source(law=case.law)
    said = [_("依据：%(source)s。") % {"source": gettext(source)}]
    if step == "finish" and case.extended_at is not None:
        said.append(_("已经延长过一次，延长的天数算在里面。"))
    if case.law == Law.PETITION:
        said.append(_("信访的时限不停表。"))
    return said + explain(due)


def timeline(case: Case, actor: Actor) -> tuple[TimelineEntry, ...]:
    """Oldest first. Staff read callers' names masked, as on the rest of the page. A resident reads the public lines; of
    what a neighbour said of a joint case only that it was said."""
    entries = CaseEntry.objects.filter(case=case).prefetch_related("photos").order_by("at", "id")
    if case.warning_id is not None and case.warning_id not in readings_of([case], actor):
        entries = entries.exclude(verb="condition_ended")
    if sees_everything(case, actor):
        named = entries.prefetch_related("mentions__account")
        return tuple(_with_callers_masked(_line(entry, with_mentions=True)) for entry in named)
    mine = requests_of(case, actor)
    return tuple(
        _line(entry) if may_read(entry, mine) else _without_words(entry) for entry in entries.filter(public=True)
    )


def requests_of(case: Case, actor: Actor) -> frozenset[int]:
    """Those requests of the case in whose name ``actor`` may speak."""
    mine = CaseRequest.objects.filter(case=case, request__speaker__in=residents_spoken_for(actor))
    return frozenset(mine.values_list("request_id", flat=True))


def may_read(entry: CaseEntry, mine: frozenset[int]) -> bool:
    """Whether somebody who speaks for the requests ``mine`` may read what stands in a public entry.

    Reporters of a joint case are neighbours, not confidants: what one of them wrote names its ``request_ids``.
    """
    said_in = entry.data.get("request_ids")
    return said_in is None or not mine.isdisjoint(said_in)


def _line(entry: CaseEntry, *, with_mentions: bool = False) -> TimelineEntry:
    return TimelineEntry(
        entry=entry,
        at=entry.at,
        sentence=entry_sentence(entry),
        text=entry.text,
        by=beside_name_as_read(entry.by_label),
        public=entry.public,
        photos=tuple(entry.photos.all()),
        mentions=tuple(one.account.display_name for one in entry.mentions.all()) if with_mentions else (),
    )


def _with_callers_masked(line: TimelineEntry) -> TimelineEntry:
    name, between, role = line.by.partition(" · ")
    return replace(line, by=f"{mask_name(name)}{between}{role}") if role in _labels_of_callers() else line


@cache
def _labels_of_callers() -> frozenset[str]:
    with translation.override(settings.LANGUAGE_CODE):
        return frozenset(str(role.label) for role in (Role.RESIDENT, Role.FAMILY_PROXY))


def _without_words(entry: CaseEntry) -> TimelineEntry:
    return replace(_line(entry), text="", by=_("另一户居民"), photos=())


def reporters(case: Case, *, now: datetime, only_of: frozenset[int] | None = None) -> tuple[Reporter, ...]:
    """Everybody whom the case answers, first speaker first; a resident sees only what was said in its own name."""
    rows = (
        CaseRequest.objects.filter(case=case)
        .select_related("request__speaker", "request__entered_by", "request__voice")
        .prefetch_related("request__photos", Prefetch("request__ratings", Rating.objects.order_by("-round")))
        .order_by("request__said_at", "id")
    )
    if only_of is not None:
        rows = rows.filter(request__speaker__in=only_of)
    lost = letters.not_arrived([row.request_id for row in rows])
    return tuple(replace(_reporter(row, now), not_arrived=lost.get(row.request_id, 0)) for row in rows)


def _reporter(row: CaseRequest, now: datetime) -> Reporter:
    request, speaker = row.request, row.request.speaker
    for_another = request.entered_by is not None and (speaker is None or request.entered_by.resident_id != speaker.pk)
    ratings = list(request.ratings.all())
    return Reporter(
        request=request,
        words=shown_words(request),
        name=mask_name(speaker.name if speaker else request.speaker_name),
        phone=masked(speaker, "phone") if speaker else masked(request, "speaker_phone"),
        age=speaker.age_on(now.date()) if speaker else None,
        channel=request.get_channel_display(),
        said_at=request.said_at,
        entered_by=request.entered_by.display_name if for_another and request.entered_by else "",
        photos=tuple(request.photos.all()),
        withdrawn=row.withdrawn_at is not None,
        rating=ratings[0] if ratings else None,
        voice=voice_of(request),
    )
