"""The recovery key: what a backup is sealed to, so that an archive without it tells nothing.

An instance keeps the public half only (``LINLI_HOME/keys/recovery.pub``); the secret half is printed once and kept by
people, away from the machine. Archives are age files (https://age-encryption.org/v1: X25519, ChaCha20-Poly1305 in
chunks of 64 KiB), so that the ``age`` tool opens one even where Linli is gone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import IO

import pyrage

from linli.config.secrets import replace

_CHUNK = 1 << 20
MARK = b"age-encryption.org/v1\n"


class WrongKey(ValueError):
    """The key is not one that this archive was sealed to, or not a key at all."""


class BrokenSeal(ValueError):
    """The archive was changed or cut short after it was sealed."""


def new_pair() -> tuple[str, str]:
    """A secret key (``AGE-SECRET-KEY-1…``) and its public half (``age1…``)."""
    secret = pyrage.x25519.Identity.generate()
    return str(secret), str(secret.to_public())


def public_path(home: Path) -> Path:
    return home / "keys" / "recovery.pub"


def public_half(home: Path) -> str | None:
    """What backups of this home are sealed to; None where no recovery key was made. Raises :class:`WrongKey`."""
    try:
        text = public_path(home).read_text().strip()
    except FileNotFoundError:
        return None
    _recipient(text)
    return text


def keep_public(home: Path, public: str) -> None:
    """Write the public half, whole or not at all."""
    path = public_path(home)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace(path, f"{public}\n".encode())


def secret_in(text: str) -> str:
    """The secret key in what somebody kept: a line of a file, with other lines and spaces around it. Raises :class:`WrongKey`."""
    for line in text.splitlines():
        if line.strip().upper().startswith("AGE-SECRET-KEY-1"):
            _identity(line.strip())
            return line.strip()
    raise WrongKey("there is no recovery key in it: it is a line that begins with AGE-SECRET-KEY-1")


def is_sealed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MARK)) == MARK


@contextmanager
def sealing(target: IO[bytes], public: str) -> Iterator[IO[bytes]]:
    """What is written to the file that is given goes to ``target`` sealed; nothing lies in plain anywhere between."""
    recipient = _recipient(public)
    remembering = _Remembering(target)
    plain, into = _pipe()
    thread = _Working(lambda: pyrage.encrypt_io(plain, remembering, [recipient]), plain)
    try:
        with into:
            yield into
    except BrokenPipeError:
        thread.join()
        raise remembering.trouble or thread.trouble or OSError("the archive could not be sealed") from None
    finally:
        thread.join()
    if thread.trouble:
        raise remembering.trouble or thread.trouble


@contextmanager
def opened(path: Path, secret: str) -> Iterator[IO[bytes]]:
    """The plain bytes of a sealed archive, from first to last, each chunk checked before it is given.

    Raises :class:`WrongKey`; :class:`BrokenSeal` when something was changed or cut off, at the latest at the end of the
    block: what was read until then is not to be trusted as whole.
    """
    identity = _identity(secret)
    plain, into = _pipe()
    with path.open("rb") as sealed:
        thread = _Working(lambda: pyrage.decrypt_io(sealed, into, [identity]), into)
        try:
            yield plain
            while plain.read(_CHUNK):
                pass
        except Exception:
            _raise_broken(thread.trouble)
            raise
        finally:
            plain.close()
            thread.join()
        _raise_broken(thread.trouble)


class _Working(Thread):
    """One side of a pipe; closes its end when done, so that the other side never waits for ever."""

    def __init__(self, work: Callable[[], None], end: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._work, self._end = work, end
        self.trouble: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self._work()
        except Exception as error:
            self.trouble = error
        finally:
            with suppress(BrokenPipeError):
                self._end.close()


class _Remembering:
    """A file whose failure to be written is remembered: the library that writes to it keeps only its words."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.trouble: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except OSError as error:
            self.trouble = error
            raise

    def flush(self) -> None:
        self._file.flush()


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb"), os.fdopen(writing, "wb")


def _raise_broken(trouble: Exception | None) -> None:
    if isinstance(trouble, pyrage.DecryptError) and "No matching keys" in str(trouble):
        raise WrongKey("it was sealed to another recovery key") from trouble
    if isinstance(trouble, pyrage.DecryptError) or (isinstance(trouble, OSError) and trouble.errno is None):
        raise BrokenSeal("it was changed or cut short") from trouble
    if trouble is not None:
        raise trouble


def _identity(text: str):
    try:
        return pyrage.x25519.Identity.from_str(text.strip())
    except pyrage.IdentityError as error:
        raise WrongKey("it is not a whole recovery key: compare it letter by letter") from error


def _recipient(text: str):
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError as error:
        raise WrongKey(
            "keys/recovery.pub is damaged: make a new one with  linli admin recovery-key --replace"
        ) from error
