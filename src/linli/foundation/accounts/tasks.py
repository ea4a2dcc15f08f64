from datetime import timedelta

from linli.foundation.accounts import sessions, sign_in
from linli.foundation.lifecycle.ticks import tick


@tick(timedelta(hours=1), per_community=False, real_time=True)
def forget_what_has_ended() -> None:
    sign_in.forget_what_has_ended()


@tick(timedelta(hours=1), per_community=False, real_time=True)
def sign_out_who_has_left() -> None:
    sessions.end_of_those_who_left()
