"""Several people at the same moment, for tests of what they do to each other."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linli.testing import SmallCommunity


def together(world: SmallCommunity, *works: Callable[[], Any]) -> list[Any]:
    """Run each on a thread of its own from one starting line; a refusal is answered by its code and message."""
    from django.db import connection

    from linli.foundation.errors import Refusal

    line, answers = Barrier(len(works)), [None] * len(works)

    def run(n: int, work: Callable[[], Any]) -> None:
        line.wait()
        try:
            with world.scope():
                answers[n] = work()
        except Refusal as refused:
            answers[n] = f"{refused.code}: {refused}"
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
