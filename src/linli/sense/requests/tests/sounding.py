"""Recordings for the tests: real files of silence, and the first bytes of each kind."""

import io
import wave

HEADS = {
    "audio/webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + b"\0" * 40,
    "audio/ogg": b"OggS\x00\x02" + b"\0" * 22 + b"OpusHead",
    "audio/mp4": b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom",
    "audio/3gpp": b"\0\0\0\x18ftyp3gp4\0\0\0\x003gp4",
    "audio/mpeg": b"ID3\x03\0\0\0\0\0\0",
    "audio/amr": b"#!AMR\n" + (b"\x3c" + b"\0" * 31) * 100,
}


def wav(seconds: float = 1.0, rate: int = 8000) -> bytes:
    """Silence, one channel of 8 bits."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(rate)
        file.writeframes(b"\x80" * int(seconds * rate))
    return out.getvalue()
