"""How long matters stay, and what is left of one: category, place in the grid, times and how it ended, for the figures.

What one person said goes with the person. A case that others joined goes on by their words; one that was theirs alone
keeps nothing that anybody wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from linli.act.casework import searching
from linli.act.casework.models import (
    ENDED,
    Case,
    CaseCheck,
    CaseEntry,
    CaseNumbers,
    CaseRequest,
    CaseSpending,
    Errand,
    PublicCard,
    QualityCheck,
    Rating,
)
from linli.act.casework.rules.finding import words_of
from linli.act.casework.rules.titles import title_of
from linli.foundation.accounts.actor import BESIDE_NAME
from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.person import Kept, Leaving, erases, keeps, spares, stores
from linli.foundation.registry.models import Resident
from linli.sense.requests import retention as said
from linli.sense.requests.models import Request
from linli.understand.triage import retention as readings

WORDS = "casework.words"
"""The eraser and the store of what can be found of cases, in the list of what an erasure still has to do."""

NOTHING_LEFT = {"title": "", "result": "", "home": None, "building": None, "x": None, "y": None}


def what_is_open(resident: Resident, about: str) -> Iterator[Kept]:
    joined = Q(joined__request__speaker=resident, joined__withdrawn_at__isnull=True)
    open_cases = Case.objects.active().filter(joined | Q(home=resident.home_id or 0, warning__isnull=False)).distinct()
    for number in open_cases.order_by("number").values_list("number", flat=True):
        yield Kept("case_open", _("%(number)s 还没办完") % {"number": number})


def forget_person(leaving: Leaving) -> None:
    mine = said.said_by(leaving)
    requests = dict(mine.values_list("pk", "words"))
    leaving.titles |= {title for words in requests.values() if (title := title_of(words))}
    joined = set(CaseRequest.objects.filter(request__in=requests).values_list("case_id", flat=True))
    others = CaseRequest.objects.filter(case__in=joined).exclude(request__in=requests)
    shared = set(others.values_list("case_id", flat=True))
    alone = joined - shared
    if leaving.alone:
        at_home = Case.objects.filter(home=leaving.resident.home_id, joined=None)
        alone |= set(at_home.values_list("pk", flat=True))
    opened = CaseEntry.objects.filter(verb="open", data__request_id__in=list(requests), case__parent__isnull=False)
    merged = set(opened.values_list("case_id", flat=True))
    for case in Case.objects.filter(pk__in=shared):
        _leave(case, requests, leaving)
    leaving.went("casework.Case#deidentify", _deidentify(alone | merged, leaving))
    leaving.subjects |= {f"case:{pk}" for pk in alone}
    ratings = Rating.objects.filter(request__in=requests)
    leaving.went("casework.Rating#deidentify", ratings.exclude(reason="").update(reason=""))
    spoke = {
        pk
        for pk, data in CaseEntry.objects.filter(case__in=shared).values_list("pk", "data")
        if (ids := data.get("request_ids")) and set(ids) <= requests.keys()
    }
    theirs = CaseEntry.objects.filter(Q(pk__in=spoke) | Q(by__isnull=False, by=leaving.account_id))
    leaving.photos |= set(theirs.exclude(photos=None).values_list("photos", flat=True))
    leaving.went("casework.CaseEntry#deidentify", _forget_entries(theirs))
    for carries in (PublicCard.photos.through, Errand.before.through):
        carries._base_manager.filter(attachment__in=leaving.photos).delete()
    touched = alone | merged | shared | set(theirs.values_list("case_id", flat=True)) | _naming(leaving.name)
    leaving.later(WORDS, sorted(touched))
    searching.forget(touched)


def _naming(name: str) -> set[int]:
    """Cases in which somebody wrote the name that is being covered."""
    asked = words_of(name)
    return set(Case.objects.filter(searching.fits(asked)).values_list("pk", flat=True)) if asked else set()


def renew_words(leaving: Leaving) -> None:
    """After every app has taken its own: what is left of the cases can be found again."""
    searching.renew(leaving.work.get(WORDS, ()))


def settle_words(case_ids: Sequence[int], erasure: object) -> int:
    searching.settle()
    return 0


def _leave(case: Case, requests: dict[int, str], leaving: Leaving) -> None:
    """A shared case is named and placed by what others said, where it was by this person."""
    if case.title not in leaving.titles:
        return
    rest = CaseRequest.objects.filter(case=case.pk).exclude(request__in=requests).order_by("joined_at", "pk")
    first = rest.select_related("request").first()
    case.title = title_of(first.request.words) if first is not None else ""
    case.home = first.request.home if first is not None else None
    case.x, case.y = (first.request.x, first.request.y) if first is not None else (None, None)
    case.save(update_fields=["title", "home", "x", "y"])
    leaving.went("casework.Case#deidentify", 1)


def _deidentify(cases: set[int], leaving: Leaving | None = None) -> int:
    """Cases in which nobody else has a part lose everything that was written and shown."""
    entries = CaseEntry.objects.filter(case__in=cases)
    if leaving is not None:
        leaving.photos |= set(entries.exclude(photos=None).values_list("photos", flat=True))
    _forget_entries(entries)
    PublicCard.objects.filter(case__in=cases).delete()
    CaseCheck.objects.filter(case__in=cases).update(waived_why="")
    QualityCheck.objects.filter(case__in=cases).update(reason="")
    CaseSpending.objects.filter(case__in=cases).update(name="", reason="")
    Errand.objects.filter(case__in=cases).update(task="", place="", result="", reason="", nonce="")
    searching.forget(cases)
    return Case.objects.filter(pk__in=cases).update(**NOTHING_LEFT)


def _forget_entries(entries: QuerySet[CaseEntry]) -> int:
    """Texts, photos and names go; the role of whoever did it stays."""
    CaseEntry.photos.through.objects.filter(caseentry__in=entries).delete()
    pks = list(entries.values_list("pk", flat=True))
    for label in set(
        CaseEntry.objects.filter(pk__in=pks, by_label__contains=BESIDE_NAME).values_list("by_label", flat=True)
    ):
        rows = CaseEntry.objects.filter(pk__in=pks, by_label=label)
        rows.update(by_label=label.rpartition(BESIDE_NAME)[2])
    return CaseEntry.objects.filter(pk__in=pks).exclude(text="").update(text="")


def _ended(before: datetime) -> QuerySet[Case]:
    """The inner query names no community: SQLite would walk all of it for each case instead of the case's own."""
    told = CaseEntry._base_manager.filter(case=OuterRef("pk")).exclude(text="")
    something = ~Q(title="") | ~Q(result="") | Q(home__isnull=False) | Exists(told)
    return Case.objects.filter(something, state__in=ENDED, closed_at__lt=before)


def _dispose_cases(rows: QuerySet[Case]) -> None:
    pks = set(rows.values_list("pk", flat=True))
    _deidentify(pks)
    searching.renew(pks)


def _requests_over(before: datetime) -> QuerySet[Request]:
    """Whose case ended before then, or that never had one and came before then."""
    case = CaseRequest._base_manager.filter(request=OuterRef("pk"))
    running = case.filter(Q(case__closed_at__isnull=True) | Q(case__closed_at__gte=before))
    return Request.objects.filter(~Exists(running), Exists(case) | Q(received_at__lt=before))


def _dispose_requests(rows: QuerySet[Request]) -> None:
    cases = set(CaseRequest.objects.filter(request__in=rows).values_list("case_id", flat=True))
    readings.forget_evidence(rows)
    said.deidentify(rows)
    searching.renew(cases)


def register() -> None:
    speaker = "joined__request__speaker"
    expires("casework.Case", _ended, moment="closed_at", dispose=_dispose_cases, resident=speaker)
    expires("casework.CaseNumbers", lambda before: CaseNumbers.objects.filter(day__lt=before.date()), moment="day")
    expires(
        "requests.Request",
        lambda before: _requests_over(before).exclude(words=""),
        moment="received_at",
        dispose=_dispose_requests,
        resident="speaker",
    )
    expires(
        "requests.Request:contact",
        lambda before: _requests_over(before).filter(said.has_contact()),
        moment="received_at",
        dispose=said.forget_contact,
        resident="speaker",
    )
    keeps("casework.open", what_is_open)
    spares(
        (
            "casework.DispatchRule",
            "casework.DeadlineVersion",
            "casework.DeadlineLimit",
            "casework.AnswerTemplate",
            "casework.Checklist",
            "casework.ChecklistRow",
            "casework.QualityShare",
        ),
        "rules of the community; whose account wrote them goes with the account",
    )
    erases(
        "casework.cases",
        forget_person,
        tables=(
            "casework.Case", "casework.CaseRequest", "casework.CaseEntry", "casework.CaseEntry_photos",
            "casework.CasePause", "casework.DeadlineMark", "casework.Rating", "casework.CaseNumbers", "casework.Errand",
            "casework.Errand_before", "casework.Errand_after", "casework.CallAttempt",
            "casework.PublicCard", "casework.PublicCard_photos", "casework.CaseWatch", "casework.Mention",
            "casework.CaseCheck", "casework.CaseSpending", "casework.QualityCheck",
            "casework.CaseWords",
        ),
        order=10,
    )  # fmt: skip
    erases(WORDS, renew_words, order=95)
    stores(WORDS, settle_words, order=80)
