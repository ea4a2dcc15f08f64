from datetime import timedelta

from linli.foundation.lifecycle import statistics
from linli.foundation.lifecycle.ticks import Lane, tick


@tick(timedelta(days=1), per_community=False, real_time=True, lane=Lane.SLOW)
def count_rows_anew() -> None:
    statistics.renew()
