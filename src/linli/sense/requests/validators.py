"""What a request must satisfy before it is kept: small rules, each with a stable code."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from linli.foundation.errors import Invalid

LONGEST = 2_000
MOST_PHOTOS = 6
CLOCK_SKEW = timedelta(minutes=10)
OLDEST = timedelta(days=366 * 20)


def validate_words_are_given(words: str, photo_ids: Sequence[int], voice_id: int | None = None) -> None:
    """``words_missing``: a photo or a recording alone is enough, nothing at all is not."""
    if not words.strip() and not photo_ids and voice_id is None:
        raise Invalid(_("请说一句话，或者拍张照片，我们才知道是什么事。"), code="words_missing", field="words")


def validate_words_fit(words: str) -> None:
    """``words_too_long``: more than 2,000 characters."""
    if len(words) > LONGEST:
        raise Invalid(
            _("最多写 %(max)d 个字，现在是 %(now)d 个字。可以分两次说，或者把要紧的写在前面。")
            % {"max": LONGEST, "now": len(words)},
            code="words_too_long",
            field="words",
            longest=LONGEST,
        )


def validate_words_can_be_stored(words: str) -> None:
    """``words_unreadable``: a NUL character or half of a surrogate pair, which no database keeps."""
    if "\x00" in words or any("\ud800" <= letter <= "\udfff" for letter in words):
        raise Invalid(_("这段话里有认不出的字符，请重新写一遍。"), code="words_unreadable", field="words")


def validate_photo_count(photo_ids: Sequence[int]) -> None:
    """``photos_too_many``: more than six."""
    if len(photo_ids) > MOST_PHOTOS:
        raise Invalid(_("最多放 %(max)d 张照片。") % {"max": MOST_PHOTOS}, code="photos_too_many", field="photo_ids")


def validate_said_at(said_at: datetime, *, now: datetime) -> None:
    """``said_in_future``, ``said_long_ago`` (older than 20 years) or ``said_at_naive``: not a believable moment."""
    if said_at.tzinfo is None:
        raise Invalid(_("时间要带时区，例如 2026-03-02T09:00:00+08:00。"), code="said_at_naive", field="said_at")
    if said_at > now + CLOCK_SKEW:
        raise Invalid(_("说这件事的时间不能在将来。"), code="said_in_future", field="said_at")
    if said_at < now - OLDEST:
        raise Invalid(_("说这件事的时间太早了，请核对年份。"), code="said_long_ago", field="said_at")


def validate_pin(x: float | None, y: float | None) -> None:
    """``pin_incomplete``: a pin needs both of its numbers, and they are finite."""
    if (x is None) != (y is None):
        raise Invalid(_("地图上的点要有横竖两个数。"), code="pin_incomplete", field="x" if x is None else "y")
    if x is not None and y is not None and not (math.isfinite(x) and math.isfinite(y)):
        raise Invalid(_("地图上的点要有横竖两个数。"), code="pin_incomplete", field="x")


def validate_keys(client_key: str, outer_number: str) -> None:
    """``key_too_long``: longer than 64 characters."""
    for field, value in (("client_key", client_key), ("outer_number", outer_number)):
        if len(value) > 64:
            raise Invalid(_("编号最多 64 个字符。"), code="key_too_long", field=field)
