"""Reading declarations, assessments and ways in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.persons import any_same_person
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import NotFound
from linli.foundation.privacy.purposes import Purpose, ever
from linli.foundation.privacy.sensing.kinds import kind_of, kinds
from linli.foundation.privacy.sensing.models import (
    ASSESSMENT_WORKFLOW,
    DECLARATION_WORKFLOW,
    Assessment,
    AssessmentState,
    Declaration,
    DeclarationState,
    Method,
    WayIn,
)
from linli.foundation.privacy.sensing.permissions import may_do
from linli.foundation.privacy.sensing.rules.entry import FACE, other_ways
from linli.foundation.privacy.sensing.rules.places import Spot, covers
from linli.foundation.registry.models import Community, Resident
from linli.foundation.tenancy import community_scope

FILED_WITHIN = timedelta(days=30)
"""A new video system is on file with the police within thirty days of use (国务院令799号 art. 14)."""

PLACES = ("estate", "building__estate", "entrance__building__estate", "facility", "home__entrance__building__estate")


def place_words(made: Declaration) -> str:
    """Where it stands, in words; for homes never more than who reads it may know already."""
    place = made.facility or made.entrance or made.building or made.estate or made.home
    where = str(place) if place is not None else _("整个社区")
    return _("%(place)s的住户家里") % {"place": where} if made.inside_homes and made.home is None else where


def kind_words(device_type: str) -> str:
    kind = kind_of(device_type)
    return str(kind.label) if kind is not None else device_type


def stored_words(made: Declaration) -> list[str]:
    """What is kept, in words."""
    kind = kind_of(made.type)
    known: dict[str, str | Promise] = dict(kind.metrics) if kind is not None else {}
    return [str(known.get(metric, metric)) for metric in made.stored]


def viewer_words(viewers: Iterable[str]) -> list[str]:
    return [str(Role(one).label) for one in viewers if one in Role.values]


def others_learn() -> str:
    """What somebody on duty learns of a sensitive device's warning who is not among its viewers (:mod:`.seeing`)."""
    return _("别的工作人员只知道要去哪里看看、谁去，看不到设备说了什么。")


def method_words(methods: Iterable[str]) -> list[str]:
    return [str(Method(one).label) for one in methods if one in Method.values]


@dataclass(frozen=True)
class Shown:
    """A declaration as people read it. ``zones`` are drawn where it has an eye; ``drawn`` are their corners in per cent."""

    made: Declaration
    place: str
    kind: str
    purpose: Purpose | None
    stored: list[str]
    viewers: list[str]
    others_learn: str
    methods: list[str]
    others: list[str]
    zones: list[dict]
    counts_only: bool

    @property
    def why(self) -> str:
        kind = kind_of(self.made.type)
        if kind is not None and kind.why:
            return str(kind.why)
        return self.purpose.sentence if self.purpose is not None else ""


def shown(made: Declaration, purposes: Mapping[str, Purpose] | None = None) -> Shown:
    """As people read it; ``purposes`` are those of :func:`ever`, asked once for a list."""
    kind = kind_of(made.type)
    return Shown(
        made=made,
        place=place_words(made),
        kind=kind_words(made.type),
        purpose=(ever() if purposes is None else purposes).get(made.purpose),
        stored=stored_words(made),
        viewers=viewer_words(made.viewers),
        others_learn=others_learn(),
        methods=method_words(made.methods),
        others=method_words(other_ways(made.methods)),
        zones=[
            zone | {"drawn": " ".join(f"{x * 160:.1f},{y * 90:.1f}" for x, y in zone["corners"])} for zone in made.zones
        ],
        counts_only=kind is not None and kind.sees,
    )


def all_shown(rows: Iterable[Declaration]) -> list[Shown]:
    purposes = ever()
    return [shown(one, purposes) for one in rows]


def public_communities() -> list[Community]:
    """Whose lists anybody may open."""
    return list(Community.objects.order_by("name"))


def public_list(community: Community) -> list[tuple[str, list[Shown]]]:
    """What is sensed in shared places, by place; homes are never listed."""
    with community_scope(community):
        rows = Declaration.objects.public().select_related(*PLACES).order_by("-in_force_at")
        by_place: dict[str, list[Shown]] = {}
        for one in all_shown(rows):
            by_place.setdefault(one.place, []).append(one)
    return sorted(by_place.items())


def public_declaration(code: str) -> tuple[Shown, Community]:
    """What the sign's code opens; raises :class:`NotFound` for a home, a draft, or what has been taken down."""
    named = Declaration._base_manager.filter(code=code.upper()).select_related("community").first()
    if named is None:
        raise NotFound
    with community_scope(named.community):
        found = Declaration.objects.public().select_related(*PLACES).filter(pk=named.pk).first()
        if found is None:
            raise NotFound
        return shown(found), named.community


def declarations(actor: Actor, *, state: str = "", device_type: str = "") -> QuerySet[Declaration]:
    """For staff: those that wait first, then the newest."""
    rows = Declaration.objects.visible_to(actor).select_related(*PLACES, "assessment")
    if state:
        rows = rows.filter(state=state)
    if device_type:
        rows = rows.filter(type=device_type)
    return rows.order_by("-made_at", "-pk")


def declaration_for(actor: Actor, declaration_id: int) -> Declaration:
    """Raises :class:`NotFound` outside the actor's scope."""
    return _one(Declaration.objects, actor, declaration_id, *PLACES, "assessment", "replaces")


def assessments(actor: Actor) -> QuerySet[Assessment]:
    return Assessment.objects.visible_to(actor).order_by("-opened_at", "-pk")


def assessment_for(actor: Actor, assessment_id: int) -> Assessment:
    """Raises :class:`NotFound` outside the actor's scope."""
    return _one(Assessment.objects, actor, assessment_id, "replaces")


def way_for(actor: Actor, way_id: int) -> WayIn:
    """Raises :class:`NotFound` outside the actor's scope."""
    return _one(WayIn.objects, actor, way_id, "resident", "declaration")


def _one(manager, actor: Actor, pk: int, *related: str):
    if actor.community_id is None:
        raise NotFound
    seen = manager.visible_to(actor).filter(pk=pk).values("pk")
    found = manager.select_related(*related).filter(pk__in=seen).first()
    if found is None:
        raise NotFound
    return found


def allowed_verbs(thing: Declaration | Assessment, actor: Actor) -> list[str]:
    """What the actor may do to it now, in the table's order; a person does not approve its own."""
    table = DECLARATION_WORKFLOW if isinstance(thing, Declaration) else ASSESSMENT_WORKFLOW
    return [
        transition.verb
        for transition in table.allowed(thing.state)
        if may_do(actor, frozenset(transition.who), thing)
        and not (
            transition.verb == "approve" and any_same_person(actor.account_id, (thing.made_by_id, thing.proposed_by_id))
        )
    ]


@dataclass(frozen=True)
class KindStanding:
    """One sensitive kind: what is in force, what waits, and how its assessment stands (``None``: there is none)."""

    key: str
    label: str
    in_force: int
    waiting: int
    assessment: Assessment | None
    open_assessment: Assessment | None

    @property
    def may_run(self) -> bool:
        return self.in_force > 0 and self.assessment is not None


def standings(actor: Actor) -> list[KindStanding]:
    """Every sensitive kind, in three queries."""
    running: dict[str, int] = {}
    waiting: dict[str, int] = {}
    for device_type, state in Declaration.objects.visible_to(actor).values_list("type", "state"):
        if state == DeclarationState.IN_FORCE:
            running[device_type] = running.get(device_type, 0) + 1
        elif state in (DeclarationState.DRAFT, DeclarationState.PROPOSED):
            waiting[device_type] = waiting.get(device_type, 0) + 1
    weighed, unfinished = {}, {}
    for one in Assessment.objects.order_by("opened_at"):
        if one.state in (AssessmentState.APPROVED, AssessmentState.DUE):
            weighed[one.type] = one
        elif one.state in (AssessmentState.DRAFT, AssessmentState.PROPOSED):
            unfinished[one.type] = one
    return [
        KindStanding(
            kind.key, str(kind.label), running.get(kind.key, 0), waiting.get(kind.key, 0),
            weighed.get(kind.key), unfinished.get(kind.key),
        )
        for kind in kinds()
    ]  # fmt: skip


def filing_due(made: Declaration) -> date | None:
    """By when the police must have it on file; ``None`` for what has no eye, or is on file."""
    kind = kind_of(made.type)
    if kind is None or not kind.sees or made.filing or made.in_force_at is None:
        return None
    return timezone.localtime(made.in_force_at).date() + FILED_WITHIN


def home_spot(resident: Resident, device_type: str) -> Spot | None:
    """The resident's home as a place for a device of this kind."""
    home = resident.home
    if home is None or resident.left_on is not None:
        return None
    building = home.entrance.building
    return Spot(device_type, home.pk, None, home.entrance_id, building.pk, building.estate_id)


def declared_at_home(resident: Resident) -> list[Shown]:
    """What is declared for the inside of the resident's own home."""
    spot = home_spot(resident, "")
    if spot is None:
        return []
    rows = Declaration.objects.in_force().filter(inside_homes=True).select_related(*PLACES).order_by("type", "pk")
    return all_shown(one for one in rows if covers(one.where, spot))


def gates_of(resident: Resident) -> list[Declaration]:
    """Gates in force through which the resident gets home: of its entrance, its building, its estate."""
    home = resident.home
    if home is None or resident.left_on is not None:
        return []
    building = home.entrance.building
    here = (
        Q(entrance=home.entrance_id)
        | Q(building=building.pk)
        | Q(estate=building.estate_id)
        | Q(facility__entrance=home.entrance_id)
        | Q(facility__building=building.pk, facility__entrance=None)
        | Q(facility__kind="gate", facility__building__estate=building.estate_id)
    )
    opening = [kind.key for kind in kinds() if kind.opens]
    rows = Declaration.objects.in_force().filter(here, type__in=opening, inside_homes=False)
    return list(rows.select_related(*PLACES).order_by("pk").distinct())


def is_at_gate(resident: Resident, declaration: Declaration) -> bool:
    return any(gate.pk == declaration.pk for gate in gates_of(resident))


def has_face_gate(resident: Resident) -> bool:
    """Whether there is a gate of theirs that could know their face: only then is the question asked."""
    return any(FACE in gate.methods for gate in gates_of(resident))


def ways_of(resident: Resident) -> list[WayIn]:
    return list(WayIn.objects.current().filter(resident=resident).select_related("declaration").order_by("since", "pk"))


def faces_to_remove(actor: Actor) -> QuerySet[WayIn]:
    """Faces that must leave a gate, the most urgent first."""
    rows = WayIn.objects.visible_to(actor).filter(remove_by__isnull=False, removed_at__isnull=True)
    return rows.select_related("resident", "declaration").order_by("remove_by", "pk")


def untried_ways(actor: Actor) -> QuerySet[WayIn]:
    """Ways without a face that nobody has said to work yet."""
    rows = WayIn.objects.visible_to(actor).current().filter(tried_at__isnull=True).exclude(method=FACE)
    return rows.select_related("resident", "declaration").order_by("since", "pk")


def in_the_way(spot: Spot) -> str:
    """What a device of a sensitive kind lacks at ``spot``: ``not_assessed``, ``not_declared``."""
    assessed = Assessment.objects.live().filter(type=spot.type).exists()
    return "not_declared" if assessed else "not_assessed"
