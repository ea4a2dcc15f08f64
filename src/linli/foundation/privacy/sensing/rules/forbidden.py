"""Places where nothing may see or recognise people. Pure.

公共安全视频图像信息系统管理条例 (国务院令第799号, art. 8): no video in hotel rooms, dormitory rooms, bathing rooms, toilets,
changing rooms, nursing rooms and private rooms, nor anywhere that looks into homes or at votes being cast.
人脸识别技术应用安全管理办法 (art. 13): no face recognition in private spaces inside public places. Homes are forbidden
here altogether for whatever sees: what a camera would tell of a home, a meter or a magnet tells with less.
"""

from __future__ import annotations

import re

ROOMS = (
    "gate", "street", "playground", "parking", "doorway", "lobby", "corridor", "lift", "plant", "centre", "canteen",
    "childcare", "meter", "home_door", "living_room", "kitchen", "bedroom", "bathroom", "toilet", "bathing", "changing",
    "nursing", "hotel_room", "dormitory", "private_room", "voting",
)  # fmt: skip
"""Every kind of place that a declaration may name."""

AT_HOME = frozenset({"meter", "home_door", "living_room", "kitchen", "bedroom", "bathroom"})
UNSEEN = frozenset({
    "home_door", "living_room", "kitchen", "bedroom", "bathroom", "toilet", "bathing", "changing", "nursing", "hotel_room",
    "dormitory", "private_room", "voting",
})  # fmt: skip
"""Where nothing that sees may hang."""

_WORDS = re.compile(
    r"(卧室|睡房|浴室|淋浴|澡堂|厕所|卫生间|洗手间|盥洗|更衣|试衣|换衣|母婴|哺乳|客房|包间|包厢|宿舍|投票|写票|计票"
    r"|bedroom|bathroom|shower|toilet|restroom|changing room|fitting room|nursing room|hotel room|dormitory|polling)"
    r"(?!\s*(?:室|间|区|处|站|点|room)?\s*(?:楼|门口|大门|门外|外面|外|旁|对面|entrance|door|outside))",
    re.IGNORECASE,
)


def forbids(room: str, words: str, *, inside_homes: bool) -> str:
    """Why a device that sees may not hang there: ``at_home``, ``forbidden_room``, ``forbidden_words``; empty if it may.

    ``words`` are what somebody typed about the place: they are read too, because a wrong choice in a list must not
    open a changing room. "The corridor outside the toilet" is allowed, "in the toilet" is not.
    """
    if inside_homes:
        return "at_home"
    if room in UNSEEN:
        return "forbidden_room"
    return "forbidden_words" if _WORDS.search(words) else ""
