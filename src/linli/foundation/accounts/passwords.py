"""Passwords of staff: residents have none. Long rather than odd (OWASP ASVS 5.0, 6.2): ten characters of any kind, no
common one, nothing that a neighbour would guess first."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.refusals import NotSignedIn, TooMany
from linli.foundation.accounts.sessions import end_all
from linli.foundation.errors import Invalid
from linli.foundation.events.recording import record

WORDS_OF_HERE = ("linli", "shequ", "wangge", "jiedao", "juwei", "wuye", "邻里", "社区", "网格", "街道")
LEFT_WITHOUT_THEM = 8
"""So many characters must remain when the words that everybody here would try are taken away."""


class NotAboutHere:
    """Django's protocol of a password validator (ASVS 5.0, 6.2.11: words of the context)."""

    def validate(self, password: str, user: Account | None = None) -> None:
        left = password.casefold()
        community = user.community if user is not None and user.community_id else None
        here = (community.code, community.name) if community is not None else ()
        for word in (*WORDS_OF_HERE, *(part.casefold() for part in here if len(part) > 1)):
            left = left.replace(word, "")
        if len(left) < min(LEFT_WITHOUT_THEM, len(password)):
            raise ValidationError(_("密码里不要用社区、网格这些人人想得到的词。"), code="password_about_here")

    def get_help_text(self) -> str:
        return _("不要用社区、网格这些人人想得到的词。")


def checked_password(password: str, account: Account) -> str:
    """The password, if it may be used; raises :class:`Invalid` (``weak_password``) that says all that is wrong."""
    try:
        validate_password(password, account)
    except ValidationError as weak:
        raise Invalid(" ".join(weak.messages), code="weak_password", field="password") from weak
    return password


def change_password(request: HttpRequest, account: Account, current: str, password: str, *, actor: Actor) -> None:
    """Give oneself a new password; every other session and token of the account ends.

    Raises :class:`NotSignedIn` (``wrong_password``) for a wrong current one, :class:`TooMany` and :class:`Invalid`.
    """
    try:
        known = get_adapter(request).authenticate(request, username=account.username, password=current)
    except ValidationError as error:
        raise TooMany(field="current") from error
    if known is None or known.pk != account.pk:
        raise NotSignedIn(_("现在的密码不对。"), code="wrong_password", field="current")
    checked_password(password, account)
    with transaction.atomic():
        account.set_password(password)
        account.save(update_fields=["password"])
        record("accounts.password_changed", account, actor=actor)
        end_all(account, but=request.session.session_key, actor=actor)
