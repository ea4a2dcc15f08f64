from __future__ import annotations

from datetime import timedelta

from linli.foundation.lifecycle.ticks import tick
from linli.foundation.vault.errors import KeysUnavailable
from linli.foundation.vault.keyring import ring
from linli.foundation.vault.resealing import reseal_all, waiting


@tick(timedelta(minutes=1), per_community=False, real_time=True)
def seal_what_waited() -> int:
    """Once the keys are back, what was written without them is sealed with them and can be searched again."""
    try:
        ring()
    except KeysUnavailable:
        return 0
    return reseal_all() if waiting() else 0
