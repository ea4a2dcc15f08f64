"""What comes in by a door, and what a person decides about it."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.files.models import Attachment
from linli.foundation.files.store import path_of
from linli.foundation.registry.models import Building, Estate
from linli.foundation.tenancy import active_community_id
from linli.sense.intake import letters
from linli.sense.intake.locating import building_named
from linli.sense.intake.models import FILE_KEPT, Arrival, Counter, Door, HotlineFile, State
from linli.sense.intake.paper import reading
from linli.sense.intake.paper.printing import is_ours
from linli.sense.intake.rules import chat, hotline
from linli.sense.intake.store import Content, content_of, file_of, sealed, sealed_file
from linli.sense.requests.actions import Caller, Filed, Place, file_request
from linli.sense.requests.models import Channel, Request
from linli.sense.requests.rules.danger import find_danger

CHANNELS = {
    Door.CHAT: Channel.GROUP_CHAT,
    Door.PAPER: Channel.PAPER,
    Door.PROPERTY: Channel.PROPERTY,
    Door.MAIL: Channel.MAIL,
}
AT_ONCE = 50
"""Rows of the hotline filed in one transaction: other writers wait at most some tenths of a second."""


@dataclass(frozen=True)
class Pasted:
    """``fresh`` are new here; ``known`` had been pasted before, whole or overlapping."""

    fresh: tuple[Arrival, ...]
    known: int
    waiting: int


def bring(
    door: str,
    content: Content,
    *,
    key: str,
    actor: Actor,
    said_at: datetime | None = None,
    state: str = State.WAITING,
    building_id: int | None = None,
    photos: Sequence[Attachment] = (),
) -> tuple[Arrival, bool]:
    """Keep what came in until a person has looked; the same ``key`` is the same arrival. Returns whether it is new.

    ``key`` is hashed with the door, so that it tells nothing. For the system's own doors and for staff; what comes in
    by itself has been read by nobody, so that its event says whether it sounds like danger to life.
    """
    if not (actor.system or actor.is_staff):
        raise NotAllowed
    hashed = hashlib.sha256(f"{door}\0{key}".encode()).hexdigest()
    now = clock.now()
    with transaction.atomic():
        if (known := Arrival.objects.filter(key=hashed).first()) is not None:
            return known, False
        named = building_id or building_named("\n".join((content.where, content.home, content.words)), actor)
        arrival = Arrival(
            door=door,
            key=hashed,
            content=sealed(content),
            building_id=named,
            said_at=min(said_at or now, now),
            arrived_at=now,
            brought_by_id=actor.account_id,
            state=state,
        )
        try:
            with transaction.atomic():
                arrival.save()
        except IntegrityError:
            return Arrival.objects.get(key=hashed), False
        if photos:
            arrival.photos.set(photos)
        danger = find_danger(content.words) if actor.system else None
        record("intake.arrived", arrival, actor=actor, door=door, danger=danger.sign if danger else None)
    return arrival, True


def paste_chat(text: str, *, group: str, actor: Actor) -> Pasted:
    """Each thing that somebody said becomes an arrival: what may be a request waits for a person, the rest lies aside.

    The same log again, or one that overlaps, brings nothing twice: sender, moment and words are the key, and the group's
    name where no moment stands. Raises :class:`Invalid` (``chat_missing``, ``chat_too_long``, ``chat_unreadable``).
    """
    if not actor.is_staff:
        raise NotAllowed
    if not text.strip():
        raise Invalid(_("还没有贴聊天记录。"), code="chat_missing", field="text")
    if len(text) > chat.LONGEST:
        raise Invalid(
            _("一次最多贴 %(max)d 个字，请分几次贴。") % {"max": chat.LONGEST}, code="chat_too_long", field="text"
        )
    now = clock.now()
    zone = timezone.get_current_timezone()
    said = chat.read_chat(text, today=timezone.localtime(now).date(), zone=zone)
    if not said:
        raise Invalid(
            _("没认出是谁说的。请在微信里多选、复制，名字和时间要一起带上。"), code="chat_unreadable", field="text"
        )
    fresh: list[Arrival] = []
    known = waiting = 0
    with transaction.atomic():
        for one in said:
            moment = one.at.isoformat() if one.at else f"{group}"
            key = "\0".join((one.name, moment, unicodedata.normalize("NFKC", one.words)))
            content = Content(
                words=one.words[:2000],
                name=one.name,
                phone=chat.phone_in(one.words) or chat.phone_in(one.name),
                home=chat.home_in(one.name) or chat.home_in(one.words),
                before=one.before[:300],
            )
            state = State.WAITING if one.likely else State.ASIDE
            arrival, new = bring(Door.CHAT, content, key=key, actor=actor, said_at=one.at, state=state)
            if new:
                fresh.append(arrival)
                waiting += one.likely
            else:
                known += 1
    return Pasted(tuple(fresh), known, waiting)


def bring_paper(photo: Attachment, *, actor: Actor, code: str = "") -> tuple[Arrival, bool]:
    """A photographed sheet; what stands on it is read in the background. Returns whether it is new.

    ``code`` is the number of the sheet where somebody has it already; else it is looked for on the photo. The same sheet
    is the same arrival, by whomever and however often it is photographed; without a number the same photo is. Raises
    :class:`Invalid` ``sheet_foreign`` for a number that this community never printed.
    """
    jpeg = path_of(photo.sha256).read_bytes()
    code = (code or reading.code_on(jpeg)).upper().replace(" ", "").replace("-", "")
    if code and not is_ours(code, active_community_id()):
        raise Invalid(_("这张表的编号不是本社区的，请核对一下。"), code="sheet_foreign", field="code")
    content = Content(reading=reading.available())
    with transaction.atomic():
        arrival, new = bring(
            Door.PAPER, content, key=f"sheet {code}" if code else f"photo {photo.sha256}", actor=actor, photos=[photo]
        )
        if new and content.reading:
            community, number, photo_id = arrival.community_id, arrival.pk, photo.pk

            def enqueue() -> None:
                from linli.sense.intake.tasks import read_paper

                read_paper.enqueue(community, number, photo_id)

            transaction.on_commit(enqueue)
    return arrival, new


def read_paper(arrival_id: int, photo_id: int, *, actor: Actor) -> None:
    """Put what stands on the photo beside it, for a person to check; does nothing once a person has decided."""
    photo = Attachment.objects.filter(pk=photo_id).first()
    if photo is None:
        return
    read = reading.read_sheet(path_of(photo.sha256).read_bytes())
    with transaction.atomic():
        arrival = Arrival.objects.select_for_update(of=("self",)).filter(pk=arrival_id).first()
        if arrival is None or arrival.decided_at is not None:
            return
        words, name, phone, where, home = (
            read.fields.get(key, "")[:2000] for key in ("words", "name", "phone", "where", "home")
        )
        content = Content(words=words, name=name, phone=phone, where=where, home=home, doubtful=read.doubtful)
        arrival.content = sealed(content)
        arrival.building_id = building_named(where or home, actor) or building_named(content.words, actor)
        arrival.save(update_fields=["content", "building"])
        record("intake.read", arrival, actor=actor, placed=read.placed, doubtful=len(read.doubtful))


def confirm(
    arrival_id: int,
    words: str,
    *,
    actor: Actor,
    speaker_id: int | None = None,
    caller: Caller | None = None,
    place: Place | None = None,
) -> Filed:
    """A person says: this is a request. It is filed under the arrival's channel, with its photos, once.

    Raises what :func:`file_request` raises, and :class:`Conflict` ``already_dropped``.
    """
    with transaction.atomic():
        arrival = _held(arrival_id, actor)
        if arrival.state == State.DROPPED:
            raise Conflict(_("这一条刚才有人定了不登记。"), code="already_dropped")
        if arrival.state == State.FILED:
            if arrival.request is None:
                raise NotFound
            return Filed(arrival.request, repeated=True, danger=None)
        filed = file_request(
            words,
            actor=actor,
            channel=CHANNELS[Door(arrival.door)],
            place=place,
            speaker_id=speaker_id,
            caller=caller,
            said_at=arrival.said_at,
            client_key=f"arrival-{arrival.pk}",
        )
        filed.request.photos.add(*arrival.photos.all())
        if arrival.door == Door.MAIL:
            held = content_of(arrival)
            letters.remember(filed.request, address=held.mail, message_id=held.mail_id, subject=held.subject)
        _decide(arrival, State.FILED, actor, request=filed.request)
    return filed


def settle_answer(arrival_id: int, *, actor: Actor) -> None:
    """What an e-mail answered stands in its case now; by the system, in the transaction that put it there."""
    if not actor.system:
        raise NotAllowed
    arrival = _held(arrival_id, actor)
    answered = Request.objects.filter(pk=content_of(arrival).answers).first()
    _decide(arrival, State.FILED, actor, request=answered)


def drop(arrival_id: int, *, actor: Actor) -> Arrival:
    """A person says: this is no request. What it held is forgotten at once."""
    with transaction.atomic():
        arrival = _held(arrival_id, actor)
        if arrival.state == State.FILED:
            raise Conflict(_("这一条刚才有人登记了。"), code="already_filed")
        if arrival.state != State.DROPPED:
            arrival.photos.clear()
            _decide(arrival, State.DROPPED, actor)
    return arrival


def take_up(arrival_id: int, *, actor: Actor) -> Arrival:
    """What was put aside is one after all: a person wants to look at it."""
    with transaction.atomic():
        arrival = _held(arrival_id, actor)
        if arrival.state == State.ASIDE:
            arrival.state = State.WAITING
            arrival.save(update_fields=["state"])
    return arrival


@transaction.atomic
def open_content(arrival: Arrival, *, actor: Actor) -> Content:
    """What it holds, for the person who decides about it; that it was opened stands in the audit log."""
    if not actor.is_staff:
        raise NotAllowed
    content = content_of(arrival)
    if arrival.content and (content.name or content.phone):
        record("intake.opened", arrival, actor=actor, door=arrival.door)
    return content


def _held(arrival_id: int, actor: Actor) -> Arrival:
    found = Arrival.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=arrival_id).first()
    if found is None:
        raise NotFound
    return found


def _decide(arrival: Arrival, state: str, actor: Actor, *, request: Request | None = None) -> None:
    arrival.state, arrival.request, arrival.content = state, request, b""
    arrival.decided_by_id, arrival.decided_at = actor.account_id, clock.now()
    arrival.save()
    record("intake.decided", arrival, actor=actor, state=state, request_id=request.pk if request else None)


def keep_hotline_file(content: bytes, file_name: str, *, actor: Actor) -> HotlineFile:
    """Check a list of orders and keep it, so that what was checked is what will be filed; kept a day.

    Raises :class:`Invalid` for a file that cannot be read or has other columns; rows at fault are counted, never raised.
    """
    if not actor.is_community_staff or actor.account_id is None:
        raise NotAllowed
    rows, _ignored = hotline.check_orders(hotline.read_orders(content), today=clock.today())
    with transaction.atomic():
        forget_old_files()
        return HotlineFile.objects.create(
            file_name=PurePath(file_name).name[:120],
            content=sealed_file(content),
            rows=len(rows),
            bad=sum(bool(row.faults) for row in rows),
            brought_by_id=actor.account_id,
            brought_at=clock.real_now(),
        )


def start_hotline_file(file_id: int, *, actor: Actor) -> HotlineFile:
    """Let the background file its good rows; twice is once."""
    with transaction.atomic():
        kept = _kept(file_id, actor)
        if kept.state == HotlineFile.State.CHECKED:
            kept.state = HotlineFile.State.RUNNING
            kept.save(update_fields=["state"])
            record("intake.hotline_started", kept, actor=actor, rows=kept.good)
            community, number = kept.community_id, kept.pk

            def enqueue() -> None:
                from linli.sense.intake.tasks import file_orders

                file_orders.enqueue(community, number)

            transaction.on_commit(enqueue)
    return kept


def run_hotline_file(file_id: int, actor: Actor) -> HotlineFile:
    """File every good row under its number, some at a time; begun again after a crash it goes on where it stood."""
    kept = HotlineFile.objects.get(pk=file_id)
    if kept.state == HotlineFile.State.DONE:
        return kept
    rows, _ignored = hotline.check_orders(hotline.read_orders(file_of(kept)), today=clock.today())
    good = [row.values for row in rows if not row.faults]
    filed, known = kept.filed, kept.known
    for start in range(kept.handled, len(good), AT_ONCE):
        with transaction.atomic():
            for values in good[start : start + AT_ONCE]:
                known_before = _file_order(values, actor)
                filed, known = filed + (not known_before), known + known_before
            HotlineFile.objects.filter(pk=kept.pk).update(filed=filed, known=known)
    kept.refresh_from_db()
    with transaction.atomic():
        kept.state = HotlineFile.State.DONE
        if not kept.bad:
            kept.content = b""
        kept.save(update_fields=["state", "content"])
        record("intake.hotline_filed", kept, actor=actor, filed=filed, known=known, bad=kept.bad)
    return kept


def _file_order(values: dict, actor: Actor) -> bool:
    """Whether the number was known before."""
    building = building_named(values.get("where") or values["words"], actor)
    return file_request(
        values["words"],
        actor=actor,
        channel=Channel.HOTLINE,
        caller=Caller(values.get("name") or "", values.get("phone") or ""),
        place=Place(building_id=building) if building else None,
        said_at=values.get("said_at"),
        outer_number=values["outer_number"],
    ).repeated


def _kept(file_id: int, actor: Actor) -> HotlineFile:
    found = HotlineFile.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=file_id).first()
    if found is None:
        raise NotFound
    return found


def forget_old_files() -> int:
    return HotlineFile.objects.filter(brought_at__lt=clock.real_now() - FILE_KEPT).delete()[0]


def open_counter(estate_id: int, name: str, *, actor: Actor) -> Counter:
    """A code for a property desk, to be printed and put up there."""
    if not actor.is_community_staff:
        raise NotAllowed
    name = name.strip()
    if not name:
        raise Invalid(_("给这个地方起个名字，比如：东门物业前台。"), code="name_missing", field="name")
    if not Estate.objects.visible_to(actor).filter(pk=estate_id).exists():
        raise NotFound(field="estate")
    with transaction.atomic():
        counter = Counter.objects.create(
            token=secrets.token_urlsafe(12), name=name[:40], estate_id=estate_id, opened_at=clock.now()
        )
        record("intake.counter_opened", counter, actor=actor, estate_id=estate_id)
    return counter


def close_counter(counter_id: int, *, actor: Actor) -> Counter:
    if not actor.is_community_staff:
        raise NotAllowed
    with transaction.atomic():
        counter = Counter.objects.filter(pk=counter_id).select_for_update(of=("self",)).first()
        if counter is None:
            raise NotFound
        if counter.closed_at is None:
            counter.closed_at = clock.now()
            counter.save(update_fields=["closed_at"])
            record("intake.counter_closed", counter, actor=actor)
    return counter


def speak_at_counter(
    counter: Counter,
    words: str,
    *,
    client_key: str,
    name: str = "",
    phone: str = "",
    building_id: int | None = None,
    photos: Sequence[Attachment] = (),
) -> Filed:
    """Somebody without an account says something at a property desk: filed at once, the same key once.

    Raises what :func:`file_request` raises, :class:`NotFound` for a building of another estate and :class:`Conflict`
    ``counter_closed``.
    """
    if counter.closed_at is not None:
        raise Conflict(_("这个二维码停用了，请打社区电话。"), code="counter_closed")
    if building_id is not None and not Building.objects.filter(pk=building_id, estate_id=counter.estate_id).exists():
        raise NotFound(_("没有找到这幢楼。"), field="building_id")
    with transaction.atomic():
        filed = file_request(
            words,
            actor=Actor.for_system("counter", active_community_id()),
            channel=Channel.PROPERTY,
            caller=Caller(name.strip(), phone.strip()),
            place=Place(building_id=building_id) if building_id else None,
            photo_ids=[photo.pk for photo in photos],
            client_key=client_key and hashlib.sha256(f"{counter.pk}\0{client_key}".encode()).hexdigest(),
        )
        if not filed.repeated:
            record("intake.counter_used", counter, actor=Actor.for_system("counter", active_community_id()))
    return filed


def file_round(
    rows: Sequence[tuple[int, str]], *, sitting: str, actor: Actor, said_at: datetime | None = None
) -> list[Filed]:
    """One sitting of somebody who went from door to door: what each home said, each a request of its own, all or none.

    ``rows`` are (home, words). The same ``sitting`` sent again files nothing twice. Raises :class:`Invalid`
    ``round_empty`` and what :func:`file_request` raises.
    """
    if not (actor.is_staff or actor.has(Role.BUILDING_LEAD)):
        raise NotAllowed
    said = [(home, words) for home, words in rows if words.strip()]
    if not said:
        raise Invalid(_("还没有写。哪一户说了什么，写在那一户下面。"), code="round_empty", field="words")
    with transaction.atomic():
        return [
            file_request(
                words,
                actor=actor,
                channel=Channel.DOOR,
                place=Place(home_id=home),
                said_at=said_at,
                client_key=f"round-{sitting}-{home}"[:64],
            )
            for home, words in said
        ]
