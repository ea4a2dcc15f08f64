"""Full text of cases: kept with every write, asked on SQLite and PostgreSQL with the same answers.

Words stand in the index as openly as in the rows that they come from; what a reader may not read never answers them
(``docs/adr/0008-finding-words.md``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import RawSQL

from linli.act.casework.models import Case, CaseEntry, CaseRequest, CaseWords
from linli.act.casework.rules.finding import Word, column, for_fts5, for_tsquery, longer
from linli.understand.triage.taxonomy import category

COLUMNS = {"title": "A", "said": "B", "shown": "C", "inside": "D"}
"""Columns and the weight under which PostgreSQL keeps their words."""
FIRST = ("title",)
SPOKEN = ("title", "said")
OPEN = ("shown",)
"""What somebody may find who reads a case as one of its reporters."""
AT_ONCE = 500
LANGUAGES = ("zh-hans", "en")
NOT_WRITTEN = ("condition_ended",)
MERGE_PAGES = 64


@dataclass(frozen=True)
class Written:
    """One text of a case's course; ``about`` are the requests whose speakers alone may read it."""

    text: str
    public: bool
    about: tuple[int, ...] | None

    @property
    def column(self) -> str:
        return "shown" if self.public and self.about is None else "inside"


def fits(words: Sequence[Word], columns: Sequence[str] = tuple(COLUMNS)) -> Q:
    """Cases that have every word in one of ``columns``; scope and sight are for the caller."""
    if connection.vendor == "sqlite":
        sql = "SELECT rowid FROM casework_words_index WHERE casework_words_index MATCH %s"
        asked = for_fts5(words, columns)
    else:
        lexemes, weights = _indexed(tuple(columns))
        sql = f"SELECT case_id FROM casework_casewords WHERE {lexemes} @@ %s::tsquery"  # noqa: S608
        asked = for_tsquery(words, weights)
    return Q(pk__in=RawSQL(sql, [asked]))  # noqa: S611


def _indexed(columns: tuple[str, ...]) -> tuple[str, str]:
    """What PostgreSQL has an index of for these columns, and the weights to ask it for.

    The index holds no weights: a hit that is asked for with one has to be unpacked from its row, which for a common word takes
    longer than everything else. All columns need none, the first ones have an index of their own.
    """
    if columns == FIRST:
        return "to_tsvector('simple', title)", ""
    if columns == SPOKEN:
        return "to_tsvector('simple', title || ' ' || said)", ""
    return "lexemes", "" if columns == tuple(COLUMNS) else "".join(COLUMNS[name] for name in columns)


def begin(case: Case, said: Sequence[str] = ()) -> None:
    """The words of a case that has just been opened."""
    CaseWords.objects.create(
        case=case,
        community_id=case.community_id,
        title=column([case.title]),
        said=column(said),
        shown=column(head(case)),
    )


def add(case: Case, written: Written) -> None:
    """One more text of its course."""
    row = CaseWords.objects.filter(case=case).first()
    if row is None:
        renew([case.pk])
        return
    setattr(row, written.column, longer(getattr(row, written.column), written.text))
    row.save(update_fields=[written.column])


def renew(case_ids: Collection[int]) -> int:
    """Make the words of some cases anew from their rows as they are now; returns how many there are.

    The cases are held meanwhile, so that nothing that an erasure takes is written after it.
    """
    pks = sorted(set(case_ids))
    made = 0
    for start in range(0, len(pks), AT_ONCE):
        with transaction.atomic():
            some = Case.objects.filter(pk__in=pks[start : start + AT_ONCE]).order_by("pk")
            rows = list(_rows(list(some.select_for_update(of=("self",)))))
            CaseWords.objects.filter(case__in=[row.case_id for row in rows]).delete()
            made += len(CaseWords.objects.bulk_create(rows))
    return made


def missing(limit: int = AT_ONCE) -> list[int]:
    """Cases of the active community that have no words yet: from before there was a search, or brought in in bulk."""
    has = CaseWords._base_manager.filter(case=OuterRef("pk"))
    return list(Case.objects.filter(~Exists(has)).order_by("pk").values_list("pk", flat=True)[:limit])


def forget(case_ids: Collection[int]) -> None:
    CaseWords.objects.filter(case__in=case_ids).delete()


def settle() -> None:
    """Leave nothing of what was taken out: SQLite's index only notes it until its parts are merged, here step by step.

    Like ``optimize``, without holding others up for the whole of it (FTS5's manual, section 6.9); PostgreSQL has nothing
    to do here.
    """
    if connection.vendor != "sqlite":
        return
    pages = -MERGE_PAGES
    while True:
        before = _changes()
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO casework_words_index(casework_words_index, rank) VALUES ('merge', %s)", [pages])
        if _changes() - before < 2:
            return
        pages = MERGE_PAGES


def rebuild_index() -> None:
    """The database's own index made anew from the table of words, should it ever be damaged."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO casework_words_index(casework_words_index) VALUES ('rebuild')")
        else:
            for name in ("found", "titled", "spoken"):
                cursor.execute(f"REINDEX INDEX casework_words_{name}")


def written_in(entries: Collection[CaseEntry]) -> Iterator[Written]:
    for entry in entries:
        if entry.text and entry.verb not in NOT_WRITTEN:
            yield written(entry)


def written(entry: CaseEntry) -> Written:
    about = entry.data.get("request_ids")
    return Written(entry.text, entry.public, None if about is None else tuple(about))


def _rows(cases: list[Case]) -> Iterator[CaseWords]:
    pks = [case.pk for case in cases]
    said: dict[int, list[str]] = {}
    for case_id, words in (
        CaseRequest.objects.filter(case__in=pks).order_by("pk").values_list("case_id", "request__words")
    ):
        said.setdefault(case_id, []).append(words)
    course: dict[int, list[CaseEntry]] = {}
    for entry in CaseEntry.objects.filter(case__in=pks).exclude(text="").order_by("at", "pk"):
        course.setdefault(entry.case_id, []).append(entry)
    for case in cases:
        texts: dict[str, list[str]] = {"shown": head(case), "inside": []}
        for one in written_in(course.get(case.pk, ())):
            texts[one.column].append(one.text)
        yield CaseWords(
            case=case,
            community_id=case.community_id,
            title=column([case.title]),
            said=column(said.get(case.pk, ())),
            **{name: column(some) for name, some in texts.items()},
        )


def head(case: Case) -> list[str]:
    """Number and kind, as every reporter may read them."""
    kind = category(case.category)
    return [case.number, *dict.fromkeys(kind.path(language) for language in LANGUAGES)]


def _changes() -> int:
    return connection.connection.total_changes
