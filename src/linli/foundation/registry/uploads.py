"""A file that waits to be imported lies sealed: it holds what the registry will hold sealed."""

from __future__ import annotations

from linli.foundation.registry.models import ImportUpload
from linli.foundation.vault.resealing import reseals_files
from linli.foundation.vault.sealing import seal_bytes, unseal_bytes

LABEL = "registry.importupload.content"


def sealed(content: bytes) -> bytes:
    return seal_bytes(content, LABEL)


def content_of(upload: ImportUpload) -> bytes:
    """The file as it was sent."""
    return unseal_bytes(bytes(upload.content), LABEL)


reseals_files((ImportUpload, "content", LABEL))
