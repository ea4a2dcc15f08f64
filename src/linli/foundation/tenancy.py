"""The community is the tenant: outside an active community scope a tenant query raises.

Every row about a community carries ``community_id``. :class:`TenantManager` filters by the active scope, so a
query can never reach a neighbour's rows by forgetting a ``filter``; without a scope it raises at once, before
any SQL. Requests get their scope from the signed-in account, background processes from the event or job that
they work on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from linli.foundation.accounts.actor import Actor

_EVERY = "every community"
_scope: ContextVar[int | str | None] = ContextVar("community_scope", default=None)


class NoCommunityScope(RuntimeError):
    """A tenant table was queried outside ``community_scope(...)``."""


class CrossCommunityWrite(RuntimeError):
    """A row of one community was about to be saved inside the scope of another."""


@contextmanager
def community_scope(community: models.Model | int) -> Iterator[None]:
    """Make one community (row or primary key) the only one that tenant queries can reach."""
    token = _scope.set(community if isinstance(community, int) else community.pk)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def every_community(reason: str) -> Iterator[None]:
    """Lift the scope for system work that spans communities; ``reason`` documents why at the call site."""
    if not reason:
        raise ValueError("say why this work spans communities")
    token = _scope.set(_EVERY)
    try:
        yield
    finally:
        _scope.reset(token)


def active_community_id() -> int:
    """Primary key of the active community; raises :class:`NoCommunityScope` when none (or every) is active."""
    current = _scope.get()
    if not isinstance(current, int):
        raise NoCommunityScope("this needs exactly one active community")
    return current


class TenantQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor):
        """Rows that ``actor`` may see; every model states its own rule."""
        raise NotImplementedError(f"{self.model.__name__} does not say who may see it")


_Manager = models.Manager.from_queryset(TenantQuerySet)


class TenantManager(_Manager):
    def get_queryset(self):
        current = _scope.get()
        if current is None:
            raise NoCommunityScope(f"{self.model.__name__} queried outside a community scope")
        rows = super().get_queryset()
        return rows if current == _EVERY else rows.filter(community_id=current)


class TenantModel(models.Model):
    """A row about one community. ``community`` defaults to the active scope when the row is first saved."""

    community = models.ForeignKey("registry.Community", on_delete=models.PROTECT, related_name="+")

    objects = TenantManager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        current = _scope.get()
        if self.community_id is None:
            self.community_id = active_community_id()
        elif isinstance(current, int) and self.community_id != current:
            raise CrossCommunityWrite(f"{type(self).__name__} of community {self.community_id} in scope {current}")
        super().save(*args, **kwargs)
