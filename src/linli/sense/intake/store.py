"""What a door brought in lies sealed until a person has decided: it holds names, telephones and what somebody said."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

from linli.foundation.vault.resealing import reseals_files
from linli.foundation.vault.sealing import seal_bytes, unseal_bytes
from linli.sense.intake.models import Arrival, Correspondence, HotlineFile

ARRIVAL = "intake.arrival.content"
HOTLINE = "intake.hotlinefile.content"
ADDRESS = "intake.correspondence.address"
COLUMNS = ((Arrival, "content", ARRIVAL), (HotlineFile, "content", HOTLINE), (Correspondence, "address", ADDRESS))


@dataclass(frozen=True)
class Content:
    """``words`` as said; ``name`` and ``phone`` of who said it as far as known; ``where`` in the words of the form;
    ``before`` what was said just before in the same group; ``doubtful`` the fields that the reader was unsure of; ``case``
    the number of a case that it answers; ``reading`` while a photo is still being read; ``mail``, ``mail_id`` and
    ``subject`` of an e-mail, and ``answers`` the request that it answers beyond doubt."""

    words: str = ""
    name: str = ""
    phone: str = ""
    where: str = ""
    home: str = ""
    before: str = ""
    doubtful: tuple[str, ...] = ()
    case: str = ""
    reading: bool = False
    mail: str = ""
    mail_id: str = ""
    subject: str = ""
    answers: int = 0


def sealed(content: Content) -> bytes:
    return seal_bytes(json.dumps(asdict(content), ensure_ascii=False).encode(), ARRIVAL)


def content_of(arrival: Arrival) -> Content:
    """Empty once it has been decided."""
    if not arrival.content:
        return Content()
    given = json.loads(unseal_bytes(bytes(arrival.content), ARRIVAL))
    known = {field.name for field in fields(Content)}
    given = {name: value for name, value in given.items() if name in known}
    return Content(**given | {"doubtful": tuple(given.get("doubtful", ()))})


def sealed_file(content: bytes) -> bytes:
    return seal_bytes(content, HOTLINE)


def file_of(kept: HotlineFile) -> bytes:
    return unseal_bytes(bytes(kept.content), HOTLINE)


def sealed_address(address: str) -> bytes:
    return seal_bytes(address.encode(), ADDRESS)


def address_of(thread: Correspondence) -> str:
    return unseal_bytes(bytes(thread.address), ADDRESS).decode()


reseals_files(*COLUMNS)
