"""What the vault answers instead of a value."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.errors import Refusal


class KeysUnavailable(Refusal):
    """The keys cannot be reached: nothing is opened, nothing guessed. Writing goes on (sealed to the public key)."""

    status = 503
    code = "keys_unavailable"

    def __init__(self, message=_("现在打不开受保护的信息，请过一会儿再试。"), **kwargs):
        super().__init__(message, **kwargs)


class Unreadable(Refusal):
    """A sealed value was changed, belongs to another column, or its key has been destroyed; ``why`` is for the operator."""

    status = 503
    code = "unreadable"

    def __init__(self, why: str) -> None:
        super().__init__(_("这一项打不开了，可能坏了。请告诉管系统的人。"))
        self.why = why
