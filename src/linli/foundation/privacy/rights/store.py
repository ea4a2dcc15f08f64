"""Where copies lie: sealed, never under a name that says whose."""

from __future__ import annotations

from linli.foundation.vault.folder import SealedFolder

COPIES = SealedFolder("copies", "rights.copy")
