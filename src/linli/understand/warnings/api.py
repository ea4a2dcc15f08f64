"""Warnings over HTTP."""

# Annotations stay types here: ninja reads those of a paginated function in its own module, where names are unknown.
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Path, Router, Schema
from ninja.pagination import LimitOffsetPagination, paginate
from ninja.security import HttpBearer

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotAllowed, NotFound
from linli.foundation.shares import Rate
from linli.sense.telemetry.looks import note_looks
from linli.sense.telemetry.models import Device
from linli.understand.warnings import actions, answering, changing_rules, learning, queries
from linli.understand.warnings.models import LONGEST_NOTE, LONGEST_REASON, WORKFLOW, Proposal, RuleChange, Warning
from linli.understand.warnings.rule_terms import LONGEST_OFF_DAYS
from linli.understand.warnings.rules import InForce, rules_in_force
from linli.understand.warnings.seeing import Told, told
from linli.understand.warnings.shipped import shipped_rules
from linli.understand.warnings.two_persons import allowed_on
from linli.understand.warnings.weakening import held_whole, weakened

router = Router(tags=["warnings"])


class FromGateway(HttpBearer):
    """The gateway that hands on replies shows ``LINLI_REPLY_TOKEN``; while none is set nobody may."""

    def authenticate(self, request: HttpRequest, token: str) -> bool | None:
        set_ = settings.LINLI_REPLY_TOKEN
        return True if set_ and secrets.compare_digest(token.encode(), set_.encode()) else None


LOOK_IN = "look_in"

RuleKey = Annotated[str, Path(max_length=32)]
WarningId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class Pages(LimitOffsetPagination):
    class Input(Schema):
        limit: int = Field(100, ge=1, le=1000)
        offset: int = Field(0, ge=0, le=10_000_000)

    def paginate_queryset(self, queryset: QuerySet, pagination: Any, request: Any, **params: Any) -> Any:
        page = super().paginate_queryset(queryset, pagination, request=request, **params)
        return page | {"items": _shown(page["items"], request.actor)}


class WarningOut(Schema):
    """``why`` is one sentence with the numbers of ``evidence``; ``verbs`` is what you may do to it now.

    A warning that is ``held`` asks nobody for now: ``held_for`` is group (with others, ``part_of_id``), outage, away or
    maintenance, and ``held_until`` when it is looked at again.

    Of a sensitive device only the roles of its declaration read what it said. Everybody else on duty is told that somebody must
    go and who: ``kind`` is then ``look_in``, ``evidence`` empty, ``triggers`` 1, ``device_id`` and ``condition_ended_at`` null.
    """

    id: int
    kind: str
    title: str
    why: str
    level: str
    state: str
    held_for: str
    held_until: datetime | None
    part_of_id: int | None
    evidence: dict
    triggers: int
    grid_id: int
    building_id: int | None
    home_id: int | None
    facility_id: int | None
    device_id: int | None
    opened_at: datetime
    last_triggered_at: datetime
    condition_ended_at: datetime | None
    acknowledged_at: datetime | None
    arrived_at: datetime | None
    ended_at: datetime | None
    finding: str
    finding_note: str
    verbs: list[str]


def _shown(warnings: Iterable[Warning], actor: Actor) -> list[dict[str, Any]]:
    """``visible_to`` has let the actor have the rows; here what of them it may read. Who lives there reads that it did."""
    listed = list(warnings)
    words = told(listed, actor)
    looked_at = {one.device_id for one in listed if one.home_id and one.device_id and words[one.pk].seen}
    if looked_at:
        note_looks(Device.objects.filter(pk__in=looked_at).select_related("building"), actor)
    return [_row(one, words[one.pk]) for one in listed]


def _row(warning: Warning, words: Told) -> dict[str, Any]:
    plain = (
        "id level state held_for held_until part_of_id grid_id building_id home_id facility_id opened_at last_triggered_at acknowledged_at arrived_at ended_at finding "
        "finding_note"
    )
    row = {name: getattr(warning, name) for name in plain.split()} | {
        "title": words.title,
        "why": words.sentence,
        "verbs": [
            step.verb
            for step in WORKFLOW.allowed(warning.state)
            if step.verb in actions.VERBS and (warning.arrived_at is None or step.verb not in actions.BEFORE_ARRIVAL)
        ],
    }
    if not words.seen:
        hidden = {"kind": LOOK_IN, "evidence": {}, "triggers": 1, "device_id": None, "condition_ended_at": None}
        return row | hidden | {"last_triggered_at": warning.opened_at}
    said = ("kind", "evidence", "triggers", "device_id", "condition_ended_at")
    return row | {name: getattr(warning, name) for name in said}


def _one(warning: Warning, actor: Actor) -> dict[str, Any]:
    (row,) = _shown([warning], actor)
    return row


class FoundIn(Schema):
    """``finding``: true, false, technical, away or refused. ``on_site``: somebody was there and it was still sounding,
    without which, and without a note, a P0 warning that still holds is not called untrue."""

    finding: Literal["true", "false", "technical", "away", "refused"] | None = None
    note: str = Field("", max_length=LONGEST_NOTE)
    on_site: bool = False


class OverIn(Schema):
    """``on_site``: somebody is there, without which a P0 warning that still holds is not cleared."""

    on_site: bool = False


class ReplyIn(Schema):
    """What a gateway hands on: a text message (``number``, ``text``), or a key pressed in a call (``key``, ``pressed``)."""

    number: str = Field("", max_length=20)
    text: str = Field("", max_length=300)
    key: str = Field("", max_length=100)
    pressed: str = Field("", max_length=4)


class ReplyOut(Schema):
    """``answered``: the reply belongs to a call that was open."""

    answered: bool


@router.post("/warnings/replies", auth=FromGateway(), response=ReplyOut, summary="What came back from a telephone")
def reply(request: HttpRequest, body: ReplyIn):
    if body.key:
        return ReplyOut(answered=answering.answer_by_key(body.key, body.pressed))
    return ReplyOut(answered=answering.answer_by_code(body.number, body.text))


class SettingOut(Schema):
    """A number of a rule: what holds, what is shipped, and the range in which it may be set."""

    key: str
    name: str
    value: float
    shipped: float
    least: float
    most: float
    unit: str


class PrecisionOut(Schema):
    """Of ``n`` warnings of the last 90 days that ended with a finding ``true`` were true; ``low`` to ``high`` is the 95 %
    interval (Wilson). The shares are null under ten."""

    true: int
    n: int
    share: float | None
    low: float | None
    high: float | None


class ProposalOut(Schema):
    """What findings propose: ``value`` instead of ``before``. Of ``false`` warnings played again ``dropped`` would not have
    come; all ``true`` ones would, ``later_minutes`` later in the median."""

    setting: str
    before: float
    value: float
    true: int
    false: int
    dropped: int
    later_minutes: int


class RuleHeld(Schema):
    """``off_until``: when a P0 rule that is off listens again."""

    on: bool
    settings: dict[str, float | str]
    off_until: datetime | None


class ChangeOut(Schema):
    """A change of a rule. ``state``: asked (waits for a second person until ``expires_at``), in_force, refused, withdrawn,
    outdated or expired. ``weakens`` names what lets the rule say less, ``on`` among them where it is switched off or stays off
    longer; ``off_days`` counts from the moment of the second yes. ``by_itself`` says why a rule changed without a person:
    ``again`` (its time off was over) or ``given_end``. ``verbs`` is what you may do."""

    id: int
    state: str
    before: RuleHeld
    after: RuleHeld
    weakens: list[str]
    off_days: int | None
    expires_at: datetime
    by_itself: str
    reason: str
    asked_as: str
    asked_at: datetime
    decided_as: str
    decided_at: datetime | None
    decision: str
    verbs: list[str]


class RuleOut(Schema):
    """``detector`` is the kind of rule; ``purpose`` the consent without which no home is looked at. ``proposal`` waits for a
    person of the community, ``waiting`` for a second one; others on duty get neither."""

    key: str
    name: str
    words: str
    detector: str
    level: str
    device_type: str
    purpose: str
    source: str
    on: bool
    off_until: datetime | None
    changed: bool
    days: str
    settings: list[SettingOut]
    precision: PrecisionOut
    proposal: ProposalOut | None
    waiting: ChangeOut | None


class RuleIn(Schema):
    """Settings that are not named keep the value that is shipped. ``reason`` is needed where a P0 rule is weakened. A P0 rule
    is off for ``off_days`` (7 without them; where it is off already, its end then stays)."""

    on: bool
    settings: dict[str, float | str] = Field(default_factory=dict, max_length=20)
    reason: str = Field("", max_length=LONGEST_REASON)
    off_days: int | None = Field(None, ge=1, le=LONGEST_OFF_DAYS)


@router.get("/warnings/rules", response=list[RuleOut], summary="The rules that watch, with their numbers")
def list_rules(request: ActorRequest):
    if not request.actor.is_staff:
        raise NotAllowed
    records = queries.recent_records()
    lead = changing_rules.may_change_rules(request.actor)
    proposals = learning.open_proposals() if lead else {}
    waiting = changing_rules.changes_waiting() if lead else {}
    return [
        _rule(rule, records.get(key), proposals.get(key), waiting.get(key), request.actor)
        for key, rule in rules_in_force().items()
    ]


@router.post("/warnings/rules/{key}", response=RuleOut, summary="Change the numbers of a rule, or switch it off")
def change_rule(request: ActorRequest, key: RuleKey, body: RuleIn):
    """What weakens a P0 rule needs a reason and stands in ``waiting`` until another person approves it."""
    done = changing_rules.change_rule(
        key, on=body.on, settings=body.settings, reason=body.reason, off_days=body.off_days, actor=request.actor
    )
    return _one_rule(done, request.actor)


@router.get("/warnings/rules/{key}/changes", response=list[ChangeOut], summary="Who changed a rule, newest first")
def list_changes(request: ActorRequest, key: RuleKey):
    if not changing_rules.may_change_rules(request.actor):
        raise NotAllowed
    if key not in shipped_rules():
        raise NotFound
    return [_change(one, request.actor) for one in changing_rules.changes_of(key)]


class ChangeDecisionIn(Schema):
    """``decision``: why not; needed where it is refused."""

    decision: str = Field("", max_length=LONGEST_REASON)


@router.post(
    "/warnings/rules/changes/{change_id}/{verb}",
    response=RuleOut,
    summary="Approve, refuse or withdraw a change of a rule that waits",
)
def decide_change(
    request: ActorRequest, change_id: WarningId, verb: Literal["approve", "refuse", "withdraw"], body: ChangeDecisionIn
):
    if verb == "approve":
        return _one_rule(changing_rules.approve_change(change_id, actor=request.actor), request.actor)
    if verb == "refuse":
        change = changing_rules.refuse_change(change_id, decision=body.decision, actor=request.actor)
    else:
        change = changing_rules.withdraw_change(change_id, actor=request.actor)
    return _one_rule(rules_in_force()[change.rule], request.actor)


class DecisionIn(Schema):
    """``reason`` as for a change."""

    apply: bool
    reason: str = Field("", max_length=LONGEST_REASON)


@router.post(
    "/warnings/rules/{key}/proposal", response=RuleOut, summary="Put a proposed number into force, or decline it"
)
def decide_proposal(request: ActorRequest, key: RuleKey, body: DecisionIn):
    if body.apply:
        return _one_rule(learning.apply_proposal(key, actor=request.actor, reason=body.reason), request.actor)
    learning.decline_proposal(key, actor=request.actor)
    return _one_rule(rules_in_force()[key], request.actor)


def _one_rule(rule: InForce, actor: Actor) -> RuleOut:
    key = rule.shipped.key
    waiting = changing_rules.changes_waiting().get(key)
    return _rule(rule, queries.recent_records().get(key), learning.open_proposals().get(key), waiting, actor)


def _change(change: RuleChange, actor: Actor) -> ChangeOut:
    plain = [
        "id", "state", "off_days", "expires_at", "by_itself", "reason", "asked_as", "asked_at", "decided_as", "decided_at",
        "decision",
    ]  # fmt: skip
    shipped = shipped_rules()[change.rule]
    before, after = held_whole(shipped, change.before), held_whole(shipped, change.after)
    return ChangeOut(
        **{name: getattr(change, name) for name in plain}, before=RuleHeld(**before), after=RuleHeld(**after),
        weakens=weakened(shipped, before, after), verbs=sorted(allowed_on(change, actor)),
    )  # fmt: skip


def _rule(
    rule: InForce,
    record: queries.DetectorRecord | None,
    proposal: Proposal | None,
    waiting: RuleChange | None,
    actor: Actor,
) -> RuleOut:
    rate = record.precision if record else Rate(0, 0)
    low, high = rate.interval or (None, None)
    told = ["setting", "before", "value", "true", "false", "dropped", "later_minutes"]
    asked, shipped = rule.configured, rule.shipped
    settings = [
        SettingOut(key=one.key, name=str(one.words), value=asked.number(one.key), shipped=one.value, least=one.least,
                   most=one.most, unit=one.unit)
        for one in shipped.settings.values()
    ]  # fmt: skip
    return RuleOut(
        key=shipped.key, name=str(shipped.name), words=str(shipped.purpose_words), detector=shipped.kind,
        level=asked.level, device_type=asked.device_type, purpose=asked.purpose, source=asked.source, on=rule.on,
        off_until=rule.off_until, changed=rule.changed, days=str(asked.settings.get("days", "all")), settings=settings,
        precision=PrecisionOut(true=rate.part, n=rate.n, share=rate.share, low=low, high=high),
        proposal=ProposalOut(**{name: getattr(proposal, name) for name in told}) if proposal else None,
        waiting=_change(waiting, actor) if waiting else None,
    )  # fmt: skip


@router.get("/warnings", response=list[WarningOut], summary="Warnings, newest first")
@paginate(Pages)
def list_warnings(
    request: ActorRequest,
    state: Literal["open", "held", "acknowledged", "handled", "cleared", "false"] | None = None,
    kind: Annotated[str, Field(max_length=32)] = "",
):
    return queries.recent(request.actor, state=state or "", kind=kind)


@router.get("/warnings/{warning_id}", response=WarningOut, summary="One warning")
def one_warning(request: ActorRequest, warning_id: WarningId):
    return _one(queries.visible_warning(warning_id, request.actor), request.actor)


@router.post("/warnings/{warning_id}/acknowledge", response=WarningOut, summary="Somebody is on the way")
def acknowledge(request: ActorRequest, warning_id: WarningId):
    done = actions.acknowledge(queries.visible_warning(warning_id, request.actor), actor=request.actor)
    return _one(done, request.actor)


@router.post("/warnings/{warning_id}/arrive", response=WarningOut, summary="Somebody is at the place")
def arrive(request: ActorRequest, warning_id: WarningId):
    done = actions.arrive(queries.visible_warning(warning_id, request.actor), actor=request.actor)
    return _one(done, request.actor)


@router.post("/warnings/{warning_id}/take_over", response=WarningOut, summary="Go instead of who said so first")
def take_over(request: ActorRequest, warning_id: WarningId):
    done = actions.take_over(queries.visible_warning(warning_id, request.actor), actor=request.actor)
    return _one(done, request.actor)


@router.post("/warnings/{warning_id}/handle", response=WarningOut, summary="Somebody was there: what was found")
def handle(request: ActorRequest, warning_id: WarningId, body: FoundIn | None = None):
    warning = queries.visible_warning(warning_id, request.actor)
    return _one(actions.handle(warning, actor=request.actor, **_found(body)), request.actor)


@router.post("/warnings/{warning_id}/clear", response=WarningOut, summary="It is over")
def clear(request: ActorRequest, warning_id: WarningId, body: OverIn | None = None):
    warning = queries.visible_warning(warning_id, request.actor)
    return _one(actions.clear(warning, actor=request.actor, on_site=body is not None and body.on_site), request.actor)


@router.post("/warnings/{warning_id}/release", response=WarningOut, summary="Ask about one that waits on its own")
def release(request: ActorRequest, warning_id: WarningId):
    done = actions.release(queries.visible_warning(warning_id, request.actor), actor=request.actor)
    return _one(done, request.actor)


@router.post("/warnings/{warning_id}/dismiss", response=WarningOut, summary="There was nothing to warn of")
def dismiss(request: ActorRequest, warning_id: WarningId, body: FoundIn | None = None):
    warning = queries.visible_warning(warning_id, request.actor)
    return _one(actions.dismiss(warning, actor=request.actor, **_found(body)), request.actor)


def _found(body: FoundIn | None) -> dict[str, Any]:
    if body is None:
        return {}
    return {"note": body.note, "on_site": body.on_site} | ({"finding": body.finding} if body.finding else {})
