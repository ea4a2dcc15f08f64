"""Ways in at a gate. Pure.

人脸识别技术应用安全管理办法 (2025-06-01): where another way serves the same purpose, a face is never the only way, and
whoever refuses gets a reasonable and convenient one. 法释〔2021〕15号, art. 10: property managers must offer owners and
tenants who object another way in.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

METHODS = ("card", "code", "key", "intercom", "staff", "phone", "face")
FACE = "face"
WITHOUT_A_PHONE = frozenset({"card", "code", "key", "intercom", "staff"})
"""Ways that are open to everybody. A telephone is not: no one is shut out for lack of one."""


def other_ways(methods: Collection[str]) -> list[str]:
    """The ways without a face that everybody can use, in the order of :data:`METHODS`."""
    return [method for method in METHODS if method in methods and method in WITHOUT_A_PHONE]


def trouble_with(methods: Collection[str], tried_method: str, tried_on: date | None, today: date) -> str:
    """Why these ways cannot be approved; empty when they can.

    ``no_way``: none is named. ``face_alone``: a face and nothing that everybody else can use. ``not_tried``: there is
    a face, and nobody has gone in by another of the declared ways to see that it works.
    """
    if not methods:
        return "no_way"
    if FACE not in methods:
        return ""
    others = other_ways(methods)
    if not others:
        return "face_alone"
    if tried_method not in others or tried_on is None or tried_on > today:
        return "not_tried"
    return ""
