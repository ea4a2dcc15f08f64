"""Background work of joint counts."""

from __future__ import annotations

from datetime import timedelta

from django_tasks import task

from linli.foundation.lifecycle.ticks import tick
from linli.foundation.privacy.joint import carrying
from linli.foundation.privacy.joint.models import JointRun, State
from linli.foundation.tenancy import community_scope


@task()
def call_partner(community_id: int, run_id: int) -> None:
    with community_scope(community_id):
        carrying.call(run_id)


@tick(timedelta(minutes=10))
def call_partners_again() -> None:
    """Approved runs whose partner was away, and what a killed process left behind."""
    carrying.end_left_behind()
    waiting = JointRun.objects.filter(state=State.APPROVED).exclude(partner__address="")
    for run in waiting.order_by("pk"):
        call_partner.enqueue(run.community_id, run.pk)
