"""Background work of the analysis room."""

from __future__ import annotations

from datetime import timedelta

from django_tasks import task

from linli.foundation.lifecycle.ticks import tick
from linli.foundation.privacy.analysis import actions
from linli.foundation.privacy.analysis.models import Study, StudyState
from linli.foundation.tenancy import community_scope


@task()
def take_snapshot(community_id: int, study_id: int) -> None:
    with community_scope(community_id):
        actions.open_study(study_id)


@tick(timedelta(hours=1))
def end_studies_due() -> None:
    """Studies past their day, and approved ones whose rows were not taken because the process was killed."""
    actions.end_studies_due()
    for study in Study.objects.filter(state=StudyState.PREPARING).order_by("pk"):
        take_snapshot.enqueue(study.community_id, study.pk)
