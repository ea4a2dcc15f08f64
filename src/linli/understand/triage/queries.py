"""Reading what triage knows: the model in use, readings, and places of the registry."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from linli.foundation.accounts.actor import Actor
from linli.foundation.registry.models import Building
from linli.foundation.tenancy import active_community_id
from linli.understand.triage.models import CategoryModel, Reading
from linli.understand.triage.places import Known, Named, find_places
from linli.understand.triage.reading import Read, read

if TYPE_CHECKING:
    from linli.understand.triage.learning.model import Model


def read_words(words: str) -> tuple[Read, int]:
    """The reading by this community's model in use, and its version (0: the open word lists alone)."""
    version = model_version_in_use()
    return read(words, _loaded(active_community_id(), version) if version else None), version


def model_version_in_use() -> int:
    """0 when the community has none yet."""
    found = CategoryModel.objects.filter(standing=CategoryModel.Standing.IN_USE).values_list("version", flat=True)
    return found.first() or 0


@lru_cache(maxsize=4)
def _loaded(community_id: int, version: int) -> Model:
    """Versions never change, so a loaded one stays true."""
    from linli.understand.triage.learning.model import Model

    stored = CategoryModel.objects.get(version=version).content
    return Model.from_bytes(bytes(stored or b""))


def model_in_use() -> Model | None:
    """The community's model, or ``None``."""
    version = model_version_in_use()
    return _loaded(active_community_id(), version) if version else None


def models_of(actor: Actor):
    """Every model that was trained, the newest first, without its content."""
    return CategoryModel.objects.visible_to(actor).defer("content").order_by("-version")


def reading_of(request_id: int, *, actor: Actor) -> Reading | None:
    """How a request was read, for staff who may see it."""
    return Reading.objects.visible_to(actor).filter(request_id=request_id).first()


def places_named(words: str, *, actor: Actor) -> list[Named]:
    """Buildings that the words name, among those that the actor may see; keys are primary keys."""
    rows = Building.objects.visible_to(actor).values_list("pk", "number", "estate__name")
    return find_places(words, [Known(pk, number, estate) for pk, number, estate in rows])


def building_meant(words: str, actor: Actor) -> int | None:
    """The building, where the words name one and it is clear which."""
    clear = {named.buildings[0] for named in places_named(words, actor=actor) if named.clear}
    return int(clear.pop()) if len(clear) == 1 else None  # type: ignore[call-overload]
