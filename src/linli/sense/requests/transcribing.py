"""Asking a speech engine what a recording says: any endpoint that speaks OpenAI's ``POST …/audio/transcriptions``.

Many do: faster-whisper-server, FunASR's and SenseVoice's servers, LocalAI, vLLM. None is needed, and none is asked until
whoever runs the machine has written its address into the settings.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from linli.foundation.security import outgoing

SECONDS = 30.0
"""The worker does nothing else meanwhile, and somebody may have to be called."""
ENDINGS = {
    "audio/webm": "webm", "audio/ogg": "ogg", "audio/mp4": "m4a", "audio/3gpp": "3gp", "audio/mpeg": "mp3",
    "audio/wav": "wav", "audio/amr": "amr", "audio/amr-wb": "awb",
}  # fmt: skip


class NotHeard(Exception):
    """The engine gave no words; the text says why in an operator's words, never what was said."""


@dataclass(frozen=True)
class Engine:
    """``url`` is the whole address of the endpoint; ``model`` its name for the model; ``token`` may be empty."""

    url: str
    model: str
    token: str = ""

    def transcribe(self, sound: bytes, content_type: str) -> str:
        """The words of one recording; raises :class:`NotHeard`."""
        try:
            answer = outgoing.send(
                "POST",
                self.url,
                form={"model": self.model, "language": "zh", "response_format": "json"},
                files={"file": (f"voice.{ENDINGS[content_type]}", sound, content_type)},
                headers={"Authorization": f"Bearer {self.token}"} if self.token else None,
                operators=True,
                seconds=SECONDS,
            )
        except outgoing.NotSent as error:
            raise NotHeard(f"engine: {error}") from error
        if not answer.is_success:
            raise NotHeard(f"engine: HTTP {answer.status}")
        try:
            words = answer.json()["text"]
        except (ValueError, KeyError, TypeError) as error:
            raise NotHeard("engine: the answer holds no text") from error
        words = words.replace("\x00", "").strip() if isinstance(words, str) else ""
        if not words:
            raise NotHeard("engine: no words in it")
        return words


def engine() -> Engine | None:
    """The one of the settings, if any."""
    if not settings.LINLI_SPEECH_URL:
        return None
    return Engine(settings.LINLI_SPEECH_URL, settings.LINLI_SPEECH_MODEL, settings.LINLI_SPEECH_TOKEN)
