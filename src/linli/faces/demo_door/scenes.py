"""Who a visitor may be, what may happen, and where to look."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.faces.demo_door.models import Order

PORTAL, WORKBENCH, COCKPIT = "/portal/", "/workbench/", "/cockpit/"
PRIVACY = f"{WORKBENCH}privacy/"


@dataclass(frozen=True)
class Persona:
    """``key`` is the account's name without ``demo-`` unless ``account`` names it; ``lands`` where its day begins."""

    key: str
    icon: str
    who: str | Promise
    does: str | Promise
    lands: str
    account: str = ""

    @property
    def username(self) -> str:
        return self.account or f"demo-{self.key}"


PERSONAS = {
    persona.key: persona
    for persona in (
        Persona("resident", "house", _("居民"), _("在手机上说一件事，看办得怎么样"), PORTAL),
        Persona("elder", "heart", _("独居老人"), _("字大、四个门，说一句就行"), PORTAL),
        Persona("daughter", "users", _("女儿代父亲办"), _("人在外地，替父亲反映和评价"), PORTAL),
        Persona("guardian", "baby", _("孩子的妈妈"), _("孩子不满 14 岁，替他同意、替他办事"), PORTAL),
        Persona("grid-worker", "list", _("网格员"), _("今天的单子，一页看完、办完"), WORKBENCH),
        Persona("director", "gauge", _("社区主任"), _("整个社区的事，和哪里要人"), COCKPIT),
        Persona(
            "lead", "shield-check", _("信息保护负责人"), _("谁看过什么、居民的要求、到期删除"), PRIVACY, "worker-1"
        ),
        Persona("analyst", "split", _("分析员"), _("提一个问题，只看得到总数"), PRIVACY),
        Persona("wall", "monitor", _("大屏"), _("三米外一眼看清，没有居民姓名"), f"{COCKPIT}?theme=dark"),
    )
}


@dataclass(frozen=True)
class Scene:
    """Something that can happen: ``watch`` says what to look for, ``where`` is the page on which it shows first, and ``watched_as``
    the persona who may look there. ``pace`` is the one at which it can be followed, None for whichever runs."""

    what: str
    icon: str
    title: str | Promise
    watch: str | Promise
    where: str
    watched_as: str
    pace: float | None = None


SCENES = {
    scene.what: scene
    for scene in (
        Scene(
            Order.What.TRAPPED,
            "arrow-up-down",
            Order.What.TRAPPED.label,
            _("已调到 1×，慢慢看。先看大屏：一台电梯变红，网格员马上收到特急单。没有人报过案。"),
            COCKPIT,
            "wall",
            pace=1,
        ),
        Scene(
            Order.What.NO_WATER,
            "droplets",
            Order.What.NO_WATER.label,
            _("要等水表安静够久：已调到 600×，看大屏上的预警。"),
            COCKPIT,
            "wall",
            pace=600,
        ),
        Scene(
            Order.What.BURST_PIPE,
            "wrench",
            Order.What.BURST_PIPE.label,
            _("几分钟里邻居们陆续反映，到工作台看它们怎样并成一件事。"),
            WORKBENCH,
            "grid-worker",
        ),
        Scene(
            Order.What.TEN_COMPLAIN,
            "users",
            Order.What.TEN_COMPLAIN.label,
            _("用电话、手机、窗口来的都有，到工作台看。"),
            WORKBENCH,
            "grid-worker",
        ),
    )
}

SPEEDS = (0, 1, 60, 600)
