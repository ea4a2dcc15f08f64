"""Background work of releases."""

from __future__ import annotations

from django_tasks import task

from linli.foundation.privacy.publishing import actions
from linli.foundation.tenancy import community_scope


@task()
def make_release(community_id: int, release_id: int) -> None:
    with community_scope(community_id):
        actions.make(release_id)
