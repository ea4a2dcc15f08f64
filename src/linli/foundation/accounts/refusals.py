"""Refusals at the door."""

from django.utils.translation import gettext_lazy as _

from linli.foundation.errors import Refusal


class NotSignedIn(Refusal):
    """Nobody is signed in, or the token is wrong, revoked or past its date."""

    status = 401
    code = "not_signed_in"

    def __init__(self, message=_("请先登录。"), **kwargs):
        super().__init__(message, **kwargs)


class NoTextMessages(Refusal):
    """This instance has no way to send a code: saying that one is on its way would be a lie."""

    status = 503
    code = "no_text_messages"

    def __init__(self, message=_("短信还没有开通，收不到验证码。请打社区电话。"), **kwargs):
        super().__init__(message, **kwargs)


class TooMany(Refusal):
    """Too many tries in too short a time; ``retry_after`` (seconds) is among the details where it is known."""

    status = 429
    code = "too_many_tries"

    def __init__(self, message=_("试的次数太多了，请过一会儿再试，或打社区电话。"), **kwargs):
        super().__init__(message, **kwargs)
