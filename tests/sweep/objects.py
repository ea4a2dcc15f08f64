"""One object of each kind in a community, all of them about the elder's home in the first grid."""

from __future__ import annotations

import io
import json
import tempfile
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from PIL import Image

from linli.act.care.actions import ask_for_round
from linli.act.care.models import Round, Visit
from linli.act.casework.actions import (
    accept,
    feed_back,
    receive,
    send_errand,
    show_publicly,
    start,
    take,
    watch,
    write_rule,
    write_unit,
)
from linli.act.casework.actions.deadline_rules import start_version
from linli.act.casework.actions.helping import write_template
from linli.act.casework.links import errand_token, rating_token
from linli.act.casework.models import (
    AnswerTemplate,
    Case,
    DeadlineVersion,
    DispatchRule,
    Errand,
    OutsideUnit,
    PublicCard,
    QualityCheck,
    QualitySample,
)
from linli.faces.workbench.subscribing import link, subscribe
from linli.foundation import clock
from linli.foundation.accounts.models import Account
from linli.foundation.files.actions import store_photo
from linli.foundation.files.models import Attachment
from linli.foundation.notices.models import Browser
from linli.foundation.notices.tests.push_service import subscription
from linli.foundation.privacy.analysis.actions import approve_study, open_study, propose_study
from linli.foundation.privacy.analysis.actions import ask as ask_study
from linli.foundation.privacy.analysis.models import Study, StudyQuestion
from linli.foundation.privacy.analysis.rules.shapes import Question
from linli.foundation.privacy.charter import actions as charter
from linli.foundation.privacy.charter.models import Change, Opinion
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.consents.models import PaperForm
from linli.foundation.privacy.consents.paper import new_form
from linli.foundation.privacy.exports.actions import ask as ask_for_list
from linli.foundation.privacy.exports.models import Export
from linli.foundation.privacy.exports.queries import Scope
from linli.foundation.privacy.joint.keys import Card, PartyKeys
from linli.foundation.privacy.joint.models import JointPartner, JointRun
from linli.foundation.privacy.models import AccessRecord, Consent
from linli.foundation.privacy.publishing import ledger
from linli.foundation.privacy.publishing.actions import propose
from linli.foundation.privacy.publishing.models import OPEN_NUMBERS, Release, State
from linli.foundation.privacy.retention.holding_back import place_hold
from linli.foundation.privacy.retention.models import LegalHold, Plan
from linli.foundation.privacy.rights.actions import ask
from linli.foundation.privacy.rights.actions.asking import Asked
from linli.foundation.privacy.rights.models import RightsRequest
from linli.foundation.privacy.sensing import actions as sensing
from linli.foundation.privacy.sensing.models import Assessment, Declaration, WayIn
from linli.foundation.privacy.unusual.models import UnusualLook
from linli.foundation.registry.actions import Mode, import_file, keep_upload
from linli.foundation.registry.models import Building, Community, Facility, Grid, Home, ImportUpload, Resident
from linli.sense.intake.actions import keep_hotline_file, open_counter, paste_chat
from linli.sense.intake.models import Arrival, Counter, HotlineFile
from linli.sense.open_sensors import actions as open_sensors
from linli.sense.requests.models import Request, VoiceMessage
from linli.sense.requests.tests.sounding import wav
from linli.sense.requests.voices import keep_voice
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.discovery.announcing import Announcement, Offer
from linli.sense.telemetry.discovery.learning import learn
from linli.sense.telemetry.importing.keeping import keep_file
from linli.sense.telemetry.models import Candidate, Device, LastValue, Quarantined, ReadingsFile
from linli.testing import SmallCommunity, gate_at, in_homes
from linli.understand.topics.models import Topic, TopicRequest
from linli.understand.triage.models import Suggestion
from linli.understand.warnings.call_links import call_url
from linli.understand.warnings.changing_plan import change_plan
from linli.understand.warnings.changing_rules import change_rule
from linli.understand.warnings.climbing import SHIPPED
from linli.understand.warnings.climbing import Arrival as Term
from linli.understand.warnings.models import Call, Ladder, Pause, PlanChange, Proposal, RuleChange, Warning
from linli.understand.warnings.pausing import mark_away

with tempfile.TemporaryDirectory() as _folder:
    CARD = PartyKeys.make(Path(_folder) / "station", "卫生站").card.as_text()
A_BROWSER = subscription("https://fcm.googleapis.com/wp/sweep")
ORDERS_FILE = "工单编号,诉求内容\nHZ9,路灯坏了\nHZ8,\n".encode()
READINGS_FILE = b"device,metric,time,value\nlamp-1,power,2026-03-01 08:00,12\n"
DEVICES_FILE = "设备编号,种类,小区编号,幢号\nsmoke-filed,烟感,E1,1\nsmoke-bad,烤箱,E1,1\n".encode()
GRIDS_FILE = "网格编号,网格名称\n7,\n".encode()


STILL_WATER = {"from": "2026-03-01T12:00:00Z", "to": "2026-03-02T01:00:00Z", "hours": 13, "litres": 0.0}


@dataclass
class Objects:
    """``case`` is being worked on by the grid worker, ``answered`` waits for the elder's rating.

    ``upload``, the import ``run`` and the hotline's ``orders`` are the director's, ``export`` was asked for by the grid lead, ``passkey`` is of an
    account that nobody here has, ``daughter`` the elder's proxy.
    ``change`` of the charter is announced and ``opinion`` about it waits for an answer, ``charter_draft`` is the director's.
    """

    elder: Resident
    home: Home
    building: Building
    grid: Grid
    lift: Facility
    photo: Attachment
    request: Request
    voice: VoiceMessage
    case: Case
    answered_request: Request
    rating_token: str
    call_token: str
    browser: Browser
    rates_subscription: int
    rates_token: str
    proposal: Proposal
    rule_change: RuleChange
    plan_change: PlanChange
    pause: Pause
    work_on_smoke: Pause
    held: Warning
    unit: OutsideUnit
    other_unit: OutsideUnit
    errand: Errand
    errand_token: str
    dispatch_rule: DispatchRule
    deadline_version: DeadlineVersion
    answered_case: int
    card: PublicCard
    template: AnswerTemplate
    worker: Account
    device: Device
    open_lift: str
    closed_lift: int
    consent: Consent
    form: PaperForm
    round: Round
    visit: Visit
    quarantined: Quarantined
    warning: Warning
    upload: ImportUpload
    devices_upload: ImportUpload
    candidate: Candidate
    readings_file: ReadingsFile
    run: int
    rights: RightsRequest
    plan: Plan
    hold: LegalHold
    community: Community
    release: Release
    joint: JointRun
    partner: JointPartner
    study: Study
    proposed: Study
    question: StudyQuestion
    draft: Declaration
    gate: Declaration
    assessment: Assessment
    way: WayIn
    look: UnusualLook
    export: Export
    passkey: Authenticator
    daughter: Account
    suggestion: Suggestion
    topic: Topic
    other_case: Case
    change: Change
    charter_draft: Change
    opinion: Opinion
    arrival: Arrival
    orders: HotlineFile
    counter: Counter
    quality_check: QualityCheck


def _topic(*requests: Request) -> Topic:
    now = clock.now()
    topic = Topic.objects.create(
        span="week", keywords=["楼道灯"], trend="new", heat=2.0, people=2, messages=2, voices=["楼道里的灯不亮"],
        first_at=now, last_at=now, found_at=now, read_at=now,
    )  # fmt: skip
    for request in requests:
        TopicRequest.objects.create(topic=topic, request=request)
    return topic


def place_objects(small: SmallCommunity) -> Objects:
    with small.scope():
        elder, worker, director = small.actor("elder"), small.actor("grid_worker"), small.actor("community_director")
        resident, home = small.residents["elder"], small.homes[0]
        photo = store_photo(picture(), actor=elder)
        voice = keep_voice(wav(), actor=elder)
        going = receive("楼道里的灯不亮", actor=elder, photo_ids=[photo.pk], voice_id=voice.pk)
        done = receive("单元门关不上", actor=elder)
        for received in (going, done):
            accept(received.case.pk, actor=director)
            take(received.case.pk, actor=worker)
            start(received.case.pk, actor=worker)
        feed_back(done.case.pk, outcome="fixed", result="门轴换好了。", actor=worker)
        watch(going.case.pk, actor=small.actor("grid_lead"), on=True)
        device = Device.objects.create(
            code=f"{small.community.code}-water-1",
            type="water_meter",
            credential_digest="x",
            home=home,
            entrance=home.entrance,
            building=home.entrance.building,
            enrolled_at=clock.now(),
        )
        nobodys = Account.objects.create_user(
            f"{small.community.code}-key", display_name="key", community=small.community
        )
        change = _announced(small)
        gate = small.put_in_force(gate_at(small.estate))
        by_mail = subscribe(address="a@example.org", rhythm="weekly", cut="grid", days=90, actor=director)
        started = ask_for_round(resident, "smoke_care", actor=elder)
        return Objects(
            elder=resident,
            home=home,
            building=small.buildings[0],
            grid=small.grids[0],
            lift=small.lift,
            photo=photo,
            request=going.request,
            voice=voice,
            case=Case.objects.get(pk=going.case.pk),
            answered_request=done.request,
            rating_token=rating_token(small.community.pk, done.request.pk, 0),
            call_token=call_token(small),
            browser=rings_for(small.accounts["grid_worker"]),
            rates_subscription=by_mail.pk,
            rates_token=link(by_mail).rpartition("/")[2],
            proposal=Proposal.objects.create(
                rule="door_open_long",
                setting="open_seconds",
                before=120,
                value=240,
                true=8,
                false=3,
                dropped=2,
                later_minutes=2,
                findings=11,
                made_at=clock.now(),
            ),
            rule_change=weakened_gas_rule(small),
            plan_change=slower_order(small),
            pause=mark_away(home.pk, clock.now() + timedelta(days=1), actor=director),
            work_on_smoke=ended_work(small),
            held=Warning.objects.create(
                kind="no_water_day",
                source=f"home:{home.pk}",
                level="P1",
                state="held",
                held_for="away",
                grid=small.grids[0],
                building=small.buildings[0],
                home=home,
                evidence=STILL_WATER,
                opened_at=clock.now(),
                last_triggered_at=clock.now(),
            ),
            **outside_objects(small, going.case.pk, photo),
            template=write_template(outcome="fixed", words="修好了。", actor=director),
            worker=small.accounts["grid_worker"],
            answered_case=done.case.pk,
            card=show_publicly(going.case.pk, title="灯不亮", photo_ids=[photo.pk], actor=director),
            device=device,
            **_lifts(small),
            consent=give_consent(resident, "water_care", channel="door", evidence="paper", actor=director),
            form=new_form(resident, actor=director),
            round=started,
            visit=started.visits.get(),
            quarantined=Quarantined.objects.create(
                community=small.community,
                subject=f"linli.{small.community.code}.{device.code}.up",
                device_code=device.code,
                sequence=small.community.pk,
                payload=b"{}",
                payload_size=2,
                code="bad_shape",
                received_at=clock.now(),
            ),
            warning=Warning.objects.create(
                kind="no_water",
                source=f"home:{home.pk}",
                level="P1",
                grid=small.grids[0],
                building=small.buildings[0],
                home=home,
                device=device,
                evidence=STILL_WATER,
                opened_at=clock.now(),
                last_triggered_at=clock.now(),
            ),
            candidate=_announced_hall(small),
            readings_file=keep_file(READINGS_FILE, "readings.csv", actor=director),
            devices_upload=keep_upload(DEVICES_FILE, "devices.csv", template="devices", actor=director),
            upload=keep_upload(GRIDS_FILE, "grids.csv", template="grids", actor=director),
            run=import_file(GRIDS_FILE, "grids.csv", template="grids", mode=Mode.ALL, actor=director).run_id,
            rights=ask(resident, Asked("copy"), actor=elder),
            export=ask_for_list(
                "emergency",
                ["name"],
                Scope(grid=small.grids[0].pk),
                reason="台风转移叫人",
                actor=small.actor("grid_lead"),
            ),
            passkey=Authenticator.objects.create(
                user=nobodys, type=Authenticator.Type.WEBAUTHN, data={"name": "x", "credential": {}}
            ),
            daughter=small.accounts["family_proxy"],
            suggestion=Suggestion.objects.create(
                request=going.request,
                kind="mood",
                value="worried",
                confidence=0.8,
                by="words",
                state="applied",
                made_at=clock.now(),
            ),
            topic=_topic(going.request, done.request),
            other_case=done.case,
            plan=Plan.objects.create(
                community=small.community,
                made_on=clock.today(),
                due_on=clock.today(),
                as_of=clock.now(),
                rules_version="1",
            ),
            hold=place_hold(rule="privacy.AccessRecord", reason="审计", actor=director),
            community=small.community,
            release=_released(small),
            **joint_objects(small),
            **study_objects(small),
            draft=sensing.declare(replace(in_homes("door_sensor", "door_care", ["open"]), name="草稿"), actor=director),
            gate=gate,
            assessment=sensing.open_assessment("electricity_meter", actor=small.actor("community_worker")),
            way=sensing.give_way_in(gate, resident, "card", actor=elder),
            look=UnusualLook.objects.create(
                record=AccessRecord.objects.create(
                    resident=resident,
                    account=small.accounts["grid_worker"],
                    reader="专职网格员 grid_worker",
                    field="phone",
                    purpose="case_contact",
                    about=f"case:{going.case.pk}",
                    at=clock.now(),
                ),
                reasons=["night"],
                opened_at=clock.now(),
            ),
            change=change,
            charter_draft=charter.start_change(actor=director),
            opinion=charter.say_opinion(change.pk, "留得太久", resident=resident, actor=elder),
            arrival=paste_chat("张阿姨：1幢楼道灯坏了", group="", actor=director).fresh[0],
            orders=keep_hotline_file(ORDERS_FILE, "12345.csv", actor=director),
            counter=open_counter(small.estate.pk, "东门", actor=director),
            quality_check=_drawn(done.case.pk),
        )


def _drawn(case_id: int) -> QualityCheck:
    """A case that the grid handled, drawn to be looked at again."""
    sample = QualitySample.objects.create(
        week=clock.today(), percent=10, seed="0" * 32, closed={}, drawn_at=clock.now()
    )
    case = Case.objects.get(pk=case_id)
    return QualityCheck.objects.create(sample=sample, case=case, unit=f"grid:{case.grid_id}")


def rings_for(account: Account) -> Browser:
    """Another browser of the grid's worker in which a warning rings."""
    made = json.loads(subscription("https://fcm.googleapis.com/wp/worker"))
    return Browser.objects.create(
        account=account, endpoint=made["endpoint"], fingerprint=f"{account.pk:064d}", p256dh=made["keys"]["p256dh"],
        auth=made["keys"]["auth"], since=clock.real_now(),
    )  # fmt: skip


def call_token(small: SmallCommunity) -> str:
    """The link in the message to the grid's worker about a lift."""
    warning = Warning.objects.create(
        kind="trapped", source=f"device:{small.community.pk}", level="P0", grid=small.grids[0], building=small.buildings[0],
        facility=small.lift, evidence={}, opened_at=clock.now(), last_triggered_at=clock.now(),
    )  # fmt: skip
    ladder = Ladder.objects.create(warning=warning, rungs=[], rung=0, started_at=clock.now(), due_at=clock.now())
    call = Call.objects.create(
        ladder=ladder, round=1, rung=0, role="grid_worker", account=small.accounts["grid_worker"], way="sms", nonce="n",
        code="1234", called_at=clock.now(),
    )  # fmt: skip
    return call_url(call).partition("/a/")[2]


def weakened_gas_rule(small: SmallCommunity) -> RuleChange:
    """The community worker wants the gas rule to speak later; somebody else has to agree."""
    worker = small.actor("community_worker")
    change_rule("gas_alarm", on=True, settings={"limit": 25}, reason="厨房里老是误响", actor=worker)
    return RuleChange.objects.get(rule="gas_alarm")


def slower_order(small: SmallCommunity) -> PlanChange:
    """The director wants to give longer to arrive; somebody else has to agree."""
    given = {"ladders": SHIPPED.ladders, "rules": [], "quiet_from": 22, "quiet_until": 7}
    later = {"P0": Term(45, 2)}
    change_plan(**given, arrivals=later, reason="山路，半小时到不了", actor=small.actor("community_director"))
    return PlanChange.objects.get()


def ended_work(small: SmallCommunity) -> Pause:
    """Work on a smoke alarm that is over; nobody has said whether it works."""
    now = clock.now()
    alarm = Device.objects.create(
        code=f"{small.community.code}-smoke-1", type="smoke", credential_digest="x", building=small.buildings[0],
        enrolled_at=now,
    )  # fmt: skip
    return Pause.objects.create(
        kind="maintenance", device=alarm, starts_at=now - timedelta(hours=2), ends_at=now - timedelta(hours=1), made_at=now,
        made_by=small.accounts["grid_worker"], reason="battery", on_site="王师傅", note="换电池",
    )  # fmt: skip


def _announced_hall(small: SmallCommunity) -> Candidate:
    """What a bridge has announced and nobody has looked at."""
    code = f"HA-{small.community.code}"
    bridge = enrol(NewDevice(code, "bridge"), actor=small.actor("community_director")).device
    offer = Offer("t", "sensor", "温度", "temperature", "°C", "zigbee2mqtt/Hall", "{{ value_json.temperature }}")
    found = Announcement("0x00158d", "大厅温湿度", "Aqara", "T1", (offer,))
    with transaction.atomic():
        learn(bridge.pk, "homeassistant/sensor/0x00158d/t/config", found, clock.now(), community_id=small.community.pk)
    return Candidate.objects.get(bridge=bridge)


def _lifts(small: SmallCommunity) -> dict[str, Any]:
    """A lift that everybody may read, with a value, and one that nobody has opened."""
    director = small.actor("community_director")
    open_, closed = (
        enrol(NewDevice(f"{name}-{small.community.code}", "lift", facility_id=small.lift.pk), actor=director).device
        for name in ("OPEN", "CLOSED")
    )
    proposed = open_sensors.propose([open_.pk], actor=director)
    open_sensors.approve([proposed[0].pk], actor=small.actor("dpo"))
    LastValue.objects.create(device=open_, metric="vibration", time=clock.now(), value=0.12)
    return {"open_lift": open_.code, "closed_lift": closed.pk}


def outside_objects(small: SmallCommunity, case_id: int, photo: Attachment) -> dict:
    """A firm that was asked to help with the case, another that was not, and a rule."""
    worker, director = small.actor("grid_worker"), small.actor("community_director")
    unit, other = (
        write_unit(kind="contractor", name=name, phone=phone, actor=director)
        for name, phone in (("亮光电工", "19900005555"), ("迅达维保", ""))
    )
    errand = send_errand(case_id, unit_id=unit.pk, task="换灯", photo_ids=[photo.pk], actor=worker)
    return {
        "unit": unit,
        "other_unit": other,
        "errand": errand,
        "errand_token": errand_token(small.community.pk, errand.pk, errand.nonce),
        "deadline_version": start_version(valid_from=clock.today() + timedelta(days=30), why="会议", actor=director),
        "dispatch_rule": write_rule(why="近", to_grid_id=small.grids[0].pk, category="180000", actor=director),
    }


def _announced(small: SmallCommunity) -> Change:
    """A change of the charter that the director wrote and the data-protection lead let through."""
    director = small.actor("community_director")
    change = charter.start_change(actor=director)
    charter.write_purpose(change.pk, {"key": "case_contact", "keep_months": 24}, actor=director)
    charter.propose(change.pk, "短一点", "Shorter", actor=director)
    return charter.approve(change.pk, actor=small.actor("dpo"))


def _released(small: SmallCommunity) -> Release:
    """A published release, and after it a proposal of the community worker, which is returned."""
    ledger.grant(OPEN_NUMBERS, "5", actor=small.actor("community_director"))
    Release.objects.create(
        number=1,
        state=State.PUBLISHED,
        first_day=date(2025, 7, 1),
        last_day=date(2025, 9, 30),
        share=250,
        price=1250,
        proposed_at=clock.now(),
        published_at=clock.now(),
    )
    return propose(date(2025, 10, 1), date(2025, 12, 31), share=250, actor=small.actor("community_worker"))


def joint_objects(small: SmallCommunity) -> dict:
    """A joint count proposed by the community worker, with a partner whom nobody has confirmed."""
    partner = JointPartner.objects.create(
        name="卫生站", card=CARD, fingerprint=Card.from_text(CARD).fingerprint, added_at=clock.now()
    )
    joint = JointRun.objects.create(
        run=f"{small.community.pk:032x}",
        partner=partner,
        question="多少人建了档案",
        people="65",
        on=clock.today(),
        epsilon=0.5,
        proposed_by=small.accounts["community_worker"],
        proposed_at=clock.now(),
    )
    return {"joint": joint, "partner": partner}


def study_objects(small: SmallCommunity) -> dict:
    """An open study of the analyst's with one question that waits, and one that waits itself."""
    analyst, until = small.actor("analyst"), clock.today() + timedelta(days=30)
    study = propose_study("没有电梯的楼", "要不要先装电梯", ["residents"], until, actor=analyst)
    approve_study(study.pk, actor=small.actor("community_director"))
    open_study(study.pk)
    return {
        "study": study,
        "proposed": propose_study("谁一个人住", "走访怎么排", ["residents"], until, actor=analyst),
        "question": ask_study(study.pk, Question("residents"), actor=analyst),
    }


def picture(colour: str = "green") -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(kept, "JPEG")
    return kept.getvalue()
