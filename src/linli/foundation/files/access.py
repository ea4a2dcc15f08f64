"""Who may see a photo: whoever may see a row that carries it.

Photos belong to requests and cases, which are above this layer. Each such app registers one function when it
starts: ``photos_of("requests", lambda actor, photo: Request.objects.visible_to(actor).filter(photos=photo).exists())``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.files.models import Attachment

MaySee = Callable[[Actor, Attachment], bool]

_carriers: dict[str, MaySee] = {}


def photos_of(carrier: str, may_see: MaySee) -> None:
    """Register the rule of one carrier; its name once only."""
    if carrier in _carriers:
        raise RuntimeError(f"{carrier} has already said who may see its photos")
    _carriers[carrier] = may_see


def own_photos(actor: Actor, photo_ids: Collection[int]) -> list[Attachment]:
    """The photos that the actor uploaded itself; raises :class:`NotFound` when one is missing."""
    found = list(Attachment.objects.visible_to(actor).filter(pk__in=photo_ids))
    if len(found) != len(set(photo_ids)):
        raise NotFound(_("有照片没有传上来，请重新拍一张。"), code="photo_missing", field="photo_ids")
    return found


def photo_for(actor: Actor, photo_id: int) -> Attachment:
    """The photo, if the actor uploaded it or may see a row that carries it; raises :class:`NotFound`."""
    if actor.community_id is None:
        raise NotFound
    own = Attachment.objects.visible_to(actor).filter(pk=photo_id).first()
    if own is not None:
        return own
    photo = Attachment.objects.filter(pk=photo_id).first()
    if photo is None or not any(may_see(actor, photo) for may_see in _carriers.values()):
        raise NotFound
    return photo
