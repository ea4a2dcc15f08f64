"""What commands share: Django set up for a mode and a home."""

from __future__ import annotations

import os
from pathlib import Path


def set_up(*, home: Path | None = None, mode: str | None = None) -> None:
    """Configure Django once for this process; ``home`` and ``mode`` win over the environment.

    The home of a demo says itself that it is one: a command that looked at it with the machine's clock would think
    that what is going on there began hours ago.
    """
    if home is not None:
        os.environ["LINLI_HOME"] = str(home.absolute())
    if mode is None and "LINLI_MODE" not in os.environ and home is not None and is_of_demo(home):
        mode = "demo"
    if mode is not None:
        os.environ["LINLI_MODE"] = mode
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django

    Path(os.environ.get("LINLI_HOME", "var/linli")).mkdir(parents=True, exist_ok=True)
    django.setup()


def is_of_demo(home: Path) -> bool:
    """Whether ``linli demo`` lives in this home; nothing else writes that file."""
    return (home / "simulator" / "state.json").is_file()
