"""What commands share: Django set up for a mode and a home."""

from __future__ import annotations

import os
from pathlib import Path


def set_up(*, home: Path | None = None, mode: str | None = None) -> None:
    """Configure Django once for this process; ``home`` and ``mode`` win over the environment."""
    if home is not None:
        os.environ["LINLI_HOME"] = str(home.absolute())
    if mode is not None:
        os.environ["LINLI_MODE"] = mode
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django

    Path(os.environ.get("LINLI_HOME", "var/linli")).mkdir(parents=True, exist_ok=True)
    django.setup()
