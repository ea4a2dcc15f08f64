"""A synthetic neighbourhood with the proportions of the paper's: pure, and the same for the same seed."""

from linli.simulator.neighbourhood.planning import plan_neighbourhood
from linli.simulator.neighbourhood.shapes import (
    BuildingPlan,
    DevicePlan,
    EstatePlan,
    FacilityPlan,
    HomePlan,
    HouseholdPlan,
    Neighbourhood,
    Person,
    StaffMember,
)

__all__ = [
    "BuildingPlan",
    "DevicePlan",
    "EstatePlan",
    "FacilityPlan",
    "HomePlan",
    "HouseholdPlan",
    "Neighbourhood",
    "Person",
    "StaffMember",
    "plan_neighbourhood",
]
