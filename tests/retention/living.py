"""A person who has left a trace in every place that Linli has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module

from django.conf import settings

from linli.foundation.events.dispatching import drain
from linli.foundation.files.actions import store_photo
from linli.foundation.notices.actions import deliver_due
from linli.foundation.privacy.consents.actions import Evidence, give_consent
from linli.foundation.privacy.door import reveal
from linli.foundation.privacy.rights import actions as rights
from linli.foundation.privacy.rights.actions import copying
from linli.foundation.privacy.rights.actions.asking import Asked
from linli.testing import SmallCommunity
from tests.sweep.objects import picture

WORDS = "我家楼上半夜拖家具，声音像打雷"
MORE = "昨天十一点又拖了一次床"
REASON = "总算听不见那个动静了"
LAMP = "楼道里的灯三天没亮了，摸黑上楼"
LAMP_TOO = "我也看不见台阶，腿都磕青了"
NOTE = "医嘱在抽屉第二格"
IDENTITY = "11010519491231002X"


@dataclass
class Life:
    """``traces`` must not be found anywhere once the person is erased; ``numbers`` of what was made."""

    traces: list[str]
    alone: int
    shared: int
    deletion: int = 0
    photos: list[str] = field(default_factory=list)


def live(small: SmallCommunity, *, actions) -> Life:
    """The elder's life, through the same actions as any; ``actions`` is ``linli.act.casework.actions``."""
    elder, worker, director = small.actor("elder"), small.actor("grid_worker"), small.actor("community_director")
    neighbour, dpo = small.actor("neighbour"), small.actor("dpo")
    resident = small.residents["elder"]
    with small.scope():
        resident.identity_number, resident.health_note = IDENTITY, NOTE
        resident.save()
        photo = store_photo(picture(), actor=elder)
        alone = actions.receive(WORDS, actor=elder, photo_ids=[photo.pk]).case
        actions.say_more(alone.pk, text=MORE, actor=elder)
        shared = actions.receive(LAMP_TOO, actor=elder)
        first = actions.receive(LAMP, actor=neighbour).case
        actions.accept(first.pk, actor=director)
        actions.dispatch(first.pk, grid_id=small.grids[0].pk, actor=director)
        actions.join_request(shared.request.pk, into_id=first.pk, actor=director)
        actions.accept(alone.pk, actor=director)
        for case in (alone, first):
            actions.take(case.pk, actor=worker)
            actions.start(case.pk, actor=worker)
        actions.add_note(first.pk, text="孟广田家也去看过了，电话 19900010000 打过", actor=worker)
        give_consent(
            resident, "water_care", channel="paper",
            evidence=Evidence(note="孟广田本人签的字", photos=[store_photo(picture("red"), actor=director)]),
            actor=director,
        )  # fmt: skip
        reveal(resident, "phone", "case_contact", f"case:{alone.pk}", actor=worker)
        for case in (alone, first):
            actions.feed_back(case.pk, outcome="fixed", result="和孟广田说好了，晚上不再拖。", actor=worker)
        drain()
        actions.rate(alone.pk, solved=True, satisfaction=5, reason=REASON, actor=elder)
        actions.rate(first.pk, solved=True, satisfaction=5, actor=elder)
        actions.rate(first.pk, solved=True, satisfaction=5, actor=neighbour)
        drain()
        asked = rights.ask(resident, Asked("copy", "要一份带走"), actor=elder)
        copying.build(asked.copy.pk)
        drain()
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session["_auth_user_id"], session["said"] = str(small.accounts["elder"].pk), "孟广田"
        session.create()
        deliver_due()
        deletion = rights.ask(resident, Asked("deletion", "我叫孟广田，请都删掉"), actor=elder)
        rights.take(deletion.pk, actor=dpo)
        drain()
        deliver_due()
    return Life(
        traces=["孟广田", "19900010000", IDENTITY, NOTE, *_parts(WORDS), MORE, LAMP_TOO, REASON, photo.sha256],
        alone=alone.pk,
        shared=first.pk,
        deletion=deletion.pk,
        photos=[photo.sha256],
    )


def _parts(words: str) -> Sequence[str]:
    return words.split("，")
