"""One clock for every rule: ``clock.now()``.

In production it is the system clock. In a demo (``settings.LINLI_SIMULATED_CLOCK``) it is a line that all
processes share through one database row, so that a neighbourhood can live 600 times faster than life. In tests
``clock.frozen(moment)`` holds it still. Security timers (sessions, one-time codes, lock-outs) never use it.
"""

from linli.foundation.clock.reading import frozen, midnight, now, real_now, today
from linli.foundation.clock.setting import reading, run_at, start_at, tend

__all__ = ["frozen", "midnight", "now", "reading", "real_now", "run_at", "start_at", "tend", "today"]
