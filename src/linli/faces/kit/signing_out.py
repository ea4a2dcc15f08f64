"""Signing out elsewhere, the same for residents and staff: one place that was chosen, or every place but this one."""

from __future__ import annotations

from django.contrib import messages
from django.utils.translation import gettext as _

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.sessions import end_all, end_one


def end_places(request: ActorRequest) -> None:
    """End what the form named as ``key``, everything but this session without one, and say so on the next page.

    Raises :class:`NotFound` for a place that is not the account's or has ended.
    """
    key = request.POST.get("key", "")
    if key:
        end_one(request.user, key, actor=request.actor)
        messages.success(request, _("那里已经退出了。"))
    else:
        ended = end_all(request.user, but=request.session.session_key, actor=request.actor)
        messages.success(request, _("别的地方都退出了，一共 %(n)d 处。") % {"n": ended})
