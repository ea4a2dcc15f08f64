"""Voice messages: kept as they were said, written down by a person, heard by a machine only where one is configured."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.files import store
from linli.sense.requests import transcribing
from linli.sense.requests.models import Request, VoiceMessage
from linli.sense.requests.rules.danger import Danger, find_danger
from linli.sense.requests.rules.sounds import LONGEST, MAX_BYTES, SLACK, NotASound, sound_of

MAX_ATTEMPTS = 5
FIRST_WAIT = timedelta(seconds=45)
"""Longer than the engine may take, so that nobody asks while somebody waits for the answer."""
LONGEST_WORDS = 2_000

SENTENCES = {
    "not_a_sound": lambda: _("这个文件听不了。请用手机的录音，或者选 MP3、M4A、WAV、AMR 的录音。"),
    "voice_empty": lambda: _("录音是空的，请再录一次。"),
    "voice_too_big": lambda: _("录音太大，最大 %(mb)d MB。请说短一点，或者分两次说。") % {"mb": MAX_BYTES // 1024**2},
    "voice_too_long": lambda: _("录音太长，最长 %(n)d 秒。请说短一点，或者分两次说。") % {"n": LONGEST},
}


@transaction.atomic
def keep_voice(data: bytes, *, actor: Actor, seconds: float | None = None) -> VoiceMessage:
    """Keep a recording that is not yet sent; the same one again is the same row. ``seconds`` as its recorder says.

    Raises :class:`Invalid` (``not_a_sound``, ``voice_empty``, ``voice_too_big``, ``voice_too_long``) or :class:`NotAllowed`.
    """
    if not actor.system and (actor.account_id is None or actor.community_id is None):
        raise NotAllowed
    try:
        sound = sound_of(data)
        lasts = sound.seconds if sound.seconds is not None else seconds
        if lasts is not None and not 0 <= lasts <= LONGEST + SLACK:
            raise NotASound("voice_too_long")
    except NotASound as refusal:
        code = str(refusal)
        raise Invalid(SENTENCES[code](), code=code, field="voice") from refusal
    digest = sha256(data).hexdigest()
    store.keep(digest, data, store.VOICE)
    kept, _created = VoiceMessage.objects.get_or_create(
        sha256=digest,
        uploaded_by_id=actor.account_id,
        request=None,
        defaults={
            "content_type": sound.content_type,
            "size": len(data),
            "seconds": lasts,
            "uploaded_at": clock.now(),
        },
    )
    return kept


def attach(voice_id: int, request: Request, *, actor: Actor) -> VoiceMessage:
    """The recording becomes that of the request; inside the transaction that files it. Raises :class:`NotFound`."""
    voice = unsent(voice_id, actor=actor)
    voice.request = request
    if transcribing.engine() is not None:
        voice.hearing, voice.try_after = VoiceMessage.Hearing.WAITING, clock.real_now()
    voice.save(update_fields=["request", "hearing", "try_after"])
    return voice


def unsent(voice_id: int, *, actor: Actor) -> VoiceMessage:
    """A recording of the actor's own that belongs to no request yet; raises :class:`NotFound` ``voice_missing``."""
    found = VoiceMessage.objects.filter(pk=voice_id, request=None, uploaded_by_id=actor.account_id).first()
    if found is None:
        raise NotFound(_("录音没有传上来，请再录一次。"), code="voice_missing", field="voice")
    return found


def voice_of(request: Request) -> VoiceMessage | None:
    """Its recording, if there is one."""
    return getattr(request, "voice", None)


def is_voice_alone(request: Request) -> bool:
    """Whether nobody has read or written a word of it: somebody has to listen."""
    return not request.words.strip() and voice_of(request) is not None


def shown_words(request: Request) -> str:
    """What a list shows of what was said: the words, or plainly that it is a voice message."""
    return _("（语音留言，还没有写成文字）") if is_voice_alone(request) else request.words


def write_down(voice: VoiceMessage, words: str, *, actor: Actor, label: str) -> Danger | None:
    """What a person heard. A request without words gets these as its own; danger to life in them is answered.

    Whoever calls this has checked that the actor works on the matter. Raises :class:`Invalid` (``words_missing``,
    ``words_too_long``, ``words_unreadable``).
    """
    from linli.sense.requests import validators

    validators.validate_words_are_given(words, ())
    validators.validate_words_fit(words)
    validators.validate_words_can_be_stored(words)
    request = voice.request
    if request is None:
        raise NotFound
    said_only_so = request.words in ("", voice.words)
    voice.words, voice.written_by_id, voice.written_by_label = words, actor.account_id, label[:64]
    voice.written_at = clock.now()
    voice.save(update_fields=["words", "written_by", "written_by_label", "written_at"])
    if said_only_so:
        request.words = words
        request.save(update_fields=["words"])
    danger = find_danger(words)
    record("requests.voice_written_down", request, actor=actor, danger=danger.sign if danger else None)
    return danger


def hear_due(hear: Callable[[int, int], None], *, limit: int = 20) -> int:
    """Hand every recording whose time has come to ``hear(community, voice)``, oldest first; returns how many.

    The claim moves ``try_after`` first: two workers never ask for the same one, and one whose worker died is asked for again.
    """
    now = clock.real_now()
    due = VoiceMessage.objects.filter(hearing=VoiceMessage.Hearing.WAITING, try_after__lte=now).order_by("pk")
    asked = 0
    for voice in due[:limit]:
        wait = FIRST_WAIT * 4**voice.attempts
        if (
            VoiceMessage.objects.filter(pk=voice.pk, attempts=voice.attempts, try_after__lte=now)
            .filter(hearing=VoiceMessage.Hearing.WAITING)
            .update(attempts=F("attempts") + 1, try_after=now + wait)
        ):
            hear(voice.community_id, voice.pk)
            asked += 1
    return asked


def hear(voice_id: int, *, actor: Actor) -> VoiceMessage | None:
    """Ask the engine what one recording says. What it answers is a suggestion; what it cannot is shown, and tried again."""
    if not actor.system:
        raise NotAllowed
    voice = VoiceMessage.objects.filter(pk=voice_id, hearing=VoiceMessage.Hearing.WAITING).first()
    engine = transcribing.engine()
    request = voice.request if voice is not None else None
    if voice is None or request is None or engine is None:
        return voice
    try:
        heard = engine.transcribe(store.path_of(voice.sha256, store.VOICE).read_bytes(), voice.content_type)
    except (transcribing.NotHeard, OSError) as error:
        last = voice.attempts >= MAX_ATTEMPTS
        voice.last_error = (str(error) if isinstance(error, transcribing.NotHeard) else type(error).__name__)[:200]
        voice.hearing = VoiceMessage.Hearing.FAILED if last else VoiceMessage.Hearing.WAITING
        still = VoiceMessage.objects.filter(pk=voice.pk, hearing=VoiceMessage.Hearing.WAITING)
        still.update(last_error=voice.last_error, hearing=voice.hearing)
        return voice
    with transaction.atomic():
        voice.suggested, voice.hearing, voice.last_error = heard[:LONGEST_WORDS], VoiceMessage.Hearing.HEARD, ""
        voice.save(update_fields=["suggested", "hearing", "last_error"])
        danger = find_danger(voice.suggested)
        record("requests.voice_heard", request, actor=actor, danger=danger.sign if danger else None)
    return voice
