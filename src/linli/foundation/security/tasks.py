from datetime import timedelta

from linli.foundation.lifecycle.ticks import tick
from linli.foundation.security import sealing


@tick(timedelta(hours=1), per_community=False, real_time=True)
def seal_the_log() -> None:
    sealing.seal_finished_days()
