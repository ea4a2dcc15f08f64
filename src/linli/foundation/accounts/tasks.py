from datetime import timedelta

from linli.foundation.accounts import sign_in
from linli.foundation.lifecycle.ticks import tick


@tick(timedelta(hours=1), per_community=False, real_time=True)
def forget_what_has_ended() -> None:
    sign_in.forget_what_has_ended()
