"""Browser sessions as the database keeps them: by a digest of the key, so that no copy of the database signs anybody in.

The row also says whose it is, on what kind of device and when it was last used, which is the list that its owner reads.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from linli.foundation import clock

if TYPE_CHECKING:
    from linli.foundation.accounts.models import BrowserSession

CAME_FROM = "came_from"
"""Session key: device, network and moment of signing in."""


def digest_of(session_key: str) -> str:
    """SHA-256, hex. The key has 165 random bits: nothing slower is needed."""
    return hashlib.sha256(session_key.encode()).hexdigest()


class SessionStore(DatabaseStore):
    """Django's own store, asking by digest; ``row`` is what was last loaded."""

    row: BrowserSession | None = None

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        from linli.foundation.accounts.models import BrowserSession

        return BrowserSession

    def _get_session_from_db(self):
        key = digest_of(self.session_key or "")
        self.row = self.get_model_class().objects.filter(session_key=key, expire_date__gt=clock.real_now()).first()
        if self.row is None:
            self._session_key = None
        return self.row

    def exists(self, session_key: str) -> bool:
        return super().exists(digest_of(session_key))

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            self.model.objects.filter(session_key=digest_of(key)).delete()

    def cycle_key(self) -> None:
        """The browser in which it was set up that it rings goes along: signing out must still end that."""
        from linli.foundation.notices.browsers import move

        before = self.session_key
        super().cycle_key()
        if before:
            move(digest_of(before), digest_of(self.session_key or ""))

    def create_model_instance(self, data: dict[str, Any]):
        came_from = data.get(CAME_FROM) or {}
        account_id = data.get(SESSION_KEY)
        now = clock.real_now()
        return self.get_model_class()(
            session_key=digest_of(self._get_or_create_session_key()),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            account_id=int(account_id) if account_id else None,
            device=came_from.get("device", ""),
            network=came_from.get("network", ""),
            started_at=datetime.fromisoformat(came_from["at"]) if came_from else now,
            last_used_at=now,
        )
