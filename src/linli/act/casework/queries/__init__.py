"""Reading cases. Lists: ``today_list``, ``list_cases``, ``search``; one case: ``load_case``, ``case_page``,
``allowed_verbs``, ``duplicates_of``, ``explain_deadline``; residents: ``my_matters``, ``my_matter``, ``rating_form``;
figures: ``matrix``, ``three_rates``, ``building_attention``.
"""

from linli.act.casework.queries.case_page import (
    AllowedVerb,
    CasePage,
    Reporter,
    TimelineEntry,
    allowed_verbs,
    case_page,
    explain_deadline,
    load_case,
)
from linli.act.casework.queries.duplicates import Duplicate, duplicates_of
from linli.act.casework.queries.figures import (
    Attention,
    BuildingAttention,
    Matrix,
    building_attention,
    matrix,
    three_rates,
)
from linli.act.casework.queries.residents import MatterLine, MatterPage, RatingForm, my_matter, my_matters, rating_form
from linli.act.casework.queries.worklists import (
    TodayGroup,
    TodayItem,
    TodayList,
    case_rows,
    list_cases,
    next_due,
    readings_of,
    search,
    today_list,
)

__all__ = [
    "AllowedVerb",
    "Attention",
    "BuildingAttention",
    "CasePage",
    "Duplicate",
    "Matrix",
    "MatterLine",
    "MatterPage",
    "RatingForm",
    "Reporter",
    "TimelineEntry",
    "TodayGroup",
    "TodayItem",
    "TodayList",
    "allowed_verbs",
    "building_attention",
    "case_page",
    "case_rows",
    "duplicates_of",
    "explain_deadline",
    "list_cases",
    "load_case",
    "matrix",
    "my_matter",
    "my_matters",
    "next_due",
    "rating_form",
    "readings_of",
    "search",
    "three_rates",
    "today_list",
]
