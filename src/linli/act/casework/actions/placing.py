"""Where a case is, once somebody knows it (better)."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from linli.act.casework.actions.changing import begin
from linli.act.casework.actions.handling import dispatch
from linli.act.casework.models import Case, State
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.registry.models import Building

NOT_YET_SENT = (State.SUBMITTED, State.ACCEPTED, State.RETURNED)


def locate(case_id: int, *, actor: Actor, building_id: int | None = None, version: int | None = None) -> Case:
    """Put the case at a building, or at none that is known. An accepted case that had no grid goes to the building's.

    A case that has been sent to a grid stays there: who must have it instead is for ``dispatch``.
    """
    with transaction.atomic():
        change = begin(case_id, "locate", actor=actor, version=version)
        case = change.case
        building = None
        if building_id is not None:
            building = Building.objects.visible_to(actor).select_related("estate").filter(pk=building_id).first()
            if building is None:
                raise NotFound(_("没有找到这幢楼。"), field="building_id")
        if building is None or case.building_id != building.pk:
            case.home = case.facility = None
            case.x = case.y = None
        case.building = building
        if case.state in NOT_YET_SENT:
            case.grid_id = building.grid_id if building else None
        case = change.write(public=False, data={"building_id": building_id, "place": str(building or "")})
        if case.state == State.ACCEPTED and case.grid_id is not None:
            return dispatch(case_id, actor=Actor.for_system("dispatch", case.community_id), handler_id=case.handler_id)
    return case
