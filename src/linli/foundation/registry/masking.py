"""How protected words look before somebody with a reason reveals them (``domain.md`` §10)."""

from __future__ import annotations


def masked_phone(phone: str) -> str:
    """138****1234: the first three and the last four digits; shorter numbers keep only their last two."""
    if len(phone) >= 11:
        return f"{phone[:3]}****{phone[-4:]}"
    return "*" * max(0, len(phone) - 2) + phone[-2:] if phone else ""
