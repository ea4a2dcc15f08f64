"""Tables of casework: ``cases`` (a case and its history), ``outside`` (units that are no account: contractors, departments),
``colleagues`` (who watches a case, who was named in a note), ``checklists``, ``spending`` (material, minutes, money),
``quality`` (what is looked at again)."""

from linli.act.casework.models.cases import (
    ENDED,
    HANDLING,
    REVIEW,
    STAFF_OF_PLACE,
    UNFINISHED,
    WORKFLOW,
    Case,
    CaseEntry,
    CaseNumbers,
    CasePause,
    CaseQuerySet,
    CaseRequest,
    Complaint,
    DeadlineMark,
    Law,
    Level,
    Outcome,
    Rating,
    State,
)
from linli.act.casework.models.checklists import CaseCheck, Checklist, ChecklistRow
from linli.act.casework.models.colleagues import CaseWatch, Mention
from linli.act.casework.models.deadlines import DeadlineLimit, DeadlineVersion
from linli.act.casework.models.helping import AnswerTemplate
from linli.act.casework.models.last_word import MOST_ATTEMPTS, CallAttempt, PublicCard
from linli.act.casework.models.outside import (
    ERRAND_OPEN,
    ERRAND_WORKFLOW,
    DispatchRule,
    Errand,
    OutsideUnit,
    Whistle,
)
from linli.act.casework.models.quality import QualityCheck, QualitySample, QualityShare
from linli.act.casework.models.spending import CaseSpending
from linli.act.casework.models.words import CaseWords

__all__ = [
    "ENDED",
    "ERRAND_OPEN",
    "ERRAND_WORKFLOW",
    "HANDLING",
    "MOST_ATTEMPTS",
    "REVIEW",
    "STAFF_OF_PLACE",
    "UNFINISHED",
    "WORKFLOW",
    "AnswerTemplate",
    "CallAttempt",
    "Case",
    "CaseCheck",
    "CaseEntry",
    "CaseNumbers",
    "CasePause",
    "CaseQuerySet",
    "CaseRequest",
    "CaseSpending",
    "CaseWatch",
    "CaseWords",
    "Checklist",
    "ChecklistRow",
    "Complaint",
    "DeadlineLimit",
    "DeadlineMark",
    "DeadlineVersion",
    "DispatchRule",
    "Errand",
    "Law",
    "Level",
    "Mention",
    "Outcome",
    "OutsideUnit",
    "PublicCard",
    "QualityCheck",
    "QualitySample",
    "QualityShare",
    "Rating",
    "State",
    "Whistle",
]
