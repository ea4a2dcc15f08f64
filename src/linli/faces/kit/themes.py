"""Which of the three themes a page wears."""

from __future__ import annotations

from django.http import HttpRequest

from linli.foundation import clock

STANDARD, ELDER, DARK = "standard", "elder", "dark"
THEMES = (STANDARD, ELDER, DARK)
ELDER_FROM = 60
"""Age from which the elder theme is offered first to somebody who has not chosen; one tap in the settings changes it."""


def theme_of(request: HttpRequest) -> str:
    """``?theme=`` for this page only, then what the account chose, then what suits its age."""
    asked = request.GET.get("theme")
    if asked in THEMES:
        return asked
    account = getattr(request, "user", None)
    if account is None or not account.is_authenticated:
        kept = request.session.get("theme") if hasattr(request, "session") else None
        return kept if kept in THEMES else STANDARD
    if account.theme in THEMES:
        return account.theme
    if account.resident_id is None:
        return STANDARD
    return ELDER if account.resident.age_on(clock.today()) >= ELDER_FROM else STANDARD
