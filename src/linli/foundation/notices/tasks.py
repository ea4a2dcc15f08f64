from datetime import timedelta

from linli.foundation.accounts.sign_in import CODE_LIVES
from linli.foundation.lifecycle.ticks import Lane, tick
from linli.foundation.notices import actions
from linli.foundation.notices.models import Notice


@tick(timedelta(seconds=1), per_community=False, real_time=True, lane=Lane.MESSAGES)
def deliver_messages() -> None:
    actions.drop_stale_secrets(older_than=CODE_LIVES)
    actions.deliver_due(channel=Notice.Channel.SMS)


@tick(timedelta(seconds=1), per_community=False, real_time=True, lane=Lane.CALLS)
def deliver_calls() -> None:
    """A gateway for messages that does not answer holds up no call."""
    actions.deliver_due(channel=Notice.Channel.VOICE)


@tick(timedelta(seconds=1), per_community=False, real_time=True, lane=Lane.PUSHES)
def deliver_pushes() -> None:
    """A push service that cannot be reached (many cannot, from many networks) holds up neither."""
    actions.deliver_due(channel=Notice.Channel.PUSH)
