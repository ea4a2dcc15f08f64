"""A file that waits to be imported lies sealed: it holds what the registry will hold sealed."""

from __future__ import annotations

from linli.foundation.registry.models import ImportUpload
from linli.foundation.tenancy import every_community
from linli.foundation.vault.resealing import reseals
from linli.foundation.vault.sealing import FILE_MARK, seal_bytes, unseal_bytes

LABEL = "registry.importupload.content"


def sealed(content: bytes) -> bytes:
    return seal_bytes(content, LABEL)


def content_of(upload: ImportUpload) -> bytes:
    """The file as it was sent."""
    return unseal_bytes(bytes(upload.content), LABEL)


@reseals
def reseal(prefix: str) -> int:
    """Seal anew what does not begin with the prefix of the current key; returns how many files."""
    with every_community("keys belong to the whole installation"):
        changed = 0
        for one in ImportUpload.objects.iterator(chunk_size=1):
            if not bytes(one.content).removeprefix(FILE_MARK).startswith(prefix.encode()):
                # One that was imported or has lapsed meanwhile is gone, and stays so.
                changed += ImportUpload.objects.filter(pk=one.pk).update(content=sealed(content_of(one)))
    return changed
