"""The paper form: each sheet has a number of its own, so that one sheet photographed twice is one request."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.documents import qr_svg, render_pdf
from linli.foundation.errors import Invalid, NotAllowed
from linli.foundation.privacy.consents.paper import LETTERS
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import active_community_id
from linli.sense.intake.paper.layout import BOXES, QR, TITLE

RANDOM, CHECK = 8, 3
MOST_SHEETS = 50


def new_code(community_id: int) -> str:
    """Eight random letters and three by which a foreign or mistyped number is known."""
    drawn = "".join(secrets.choice(LETTERS) for _ in range(RANDOM))
    return drawn + _check(drawn, community_id)


def is_ours(code: str, community_id: int) -> bool:
    """Whether this community printed a sheet of this number."""
    drawn, check = code[:RANDOM], code[RANDOM:]
    return len(code) == RANDOM + CHECK and constant_time_compare(check, _check(drawn, community_id))


def address_of(code: str) -> str:
    """Where the code of a sheet leads the telephone of whoever scans it."""
    return f"{settings.LINLI_PUBLIC_URL}/workbench/paper/{code}/"


def sheets_pdf(count: int, *, actor: Actor) -> bytes:
    """``count`` sheets, each with its own number; raises :class:`Invalid` ``sheets_too_many``."""
    if not actor.is_staff:
        raise NotAllowed
    if not 1 <= count <= MOST_SHEETS:
        raise Invalid(_("一次印 1 到 %(max)d 张。") % {"max": MOST_SHEETS}, code="sheets_too_many", field="count")
    community = Community.objects.get(pk=active_community_id())
    codes = [new_code(community.pk) for _n in range(count)]
    return render_pdf(
        "intake/sheet.typ",
        {
            "title": TITLE[0],
            "title_at": TITLE[1:],
            "intro": _("写好交给网格员、楼栋长或物业前台，或者投进社区信箱。有急事请打 110、119、120。"),
            "boxes": [
                {"label": box.label, "x": box.x, "y": box.y, "w": box.width, "h": box.height, "label_y": box.label_y}
                for box in BOXES
            ],
            "qr_at": QR,
            "sheets": [
                {"code": code, "shown": f"{code[:4]} {code[4:8]} {code[8:]}", "qr": qr_svg(address_of(code))}
                for code in codes
            ],
            "number": _("表号"),
            "promise": _("姓名和电话只用来办这件事、给您回话；不留也可以，那就没法告诉您结果。"),
            "phone": _("%(name)s 电话 %(phone)s") % {"name": community.name, "phone": community.phone},
        },
        who=actor.name,
    )


def _check(drawn: str, community_id: int) -> str:
    digest = salted_hmac("linli.paper", f"{community_id}.{drawn}", algorithm="sha256").digest()
    number = int.from_bytes(hashlib.sha256(digest).digest()[:8], "big")
    letters = ""
    for _n in range(CHECK):
        number, at = divmod(number, len(LETTERS))
        letters += LETTERS[at]
    return letters
