"""Whether two accounts are one person: four eyes need two people, not two sign-ins.

What is known is compared: the resident, the telephone, the identity number, the e-mail address and the name shown. A namesake is refused
too: a third person can decide, but nobody can take back what one person let through alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from linli.foundation.accounts.models import Account
from linli.foundation.vault.fields import Sealed


def same_person(one: int | None, other: int | None) -> bool:
    """Whether the accounts with these primary keys belong to one person, as far as anything known says so."""
    if one is not None and one == other:
        return True
    return bool(accounts_of(one, [other]))


def accounts_of(one: int | None, others: Iterable[int | None]) -> frozenset[int]:
    """Of ``others``, those of the same person as ``one``; one query for all, for a list."""
    asked = {pk for pk in others if pk is not None}
    if one is None or not asked:
        return frozenset()
    found = Account.objects.select_related("resident").in_bulk([one, *asked])
    return frozenset(pk for pk in asked if pk == one or (one in found and pk in found and _same(found[one], found[pk])))


def one_a_person(accounts: Iterable[int]) -> dict[int, int]:
    """For each of the accounts one that stands for its person: the lowest primary key of the same person's; one query."""
    found = Account.objects.select_related("resident").in_bulk(set(accounts))
    standing: dict[int, int] = {}
    for pk in sorted(found):
        known = (other for other in standing if standing[other] == other and _same(found[other], found[pk]))
        standing[pk] = next(known, pk)
    return standing


def any_same_person(one: int | None, others: tuple[int | None, ...]) -> bool:
    return any(same_person(one, other) for other in others)


def _same(one: Account, other: Account) -> bool:
    if not set(_known(one)).isdisjoint(_known(other)):
        return True
    return any(mine.holds_same_as(theirs) for mine in _phones(one) for theirs in _phones(other))


def _known(account: Account) -> Iterator[tuple[str, object]]:
    """Facts of which two accounts share none unless they are one person's."""
    if account.email.strip():
        yield "email", account.email.strip().casefold()
    if account.display_name.strip():
        yield "name", (account.community_id, "".join(account.display_name.split()).casefold())
    resident = account.resident
    if resident is not None:
        yield "resident", resident.pk
        yield "name", (resident.community_id, "".join(resident.name.split()).casefold())
        if resident.identity_number_index:
            yield "identity", resident.identity_number_index


def _phones(account: Account) -> list[Sealed]:
    """The number of the sign-in and the one in the registry: two columns, so no blind index compares them."""
    found: list[object] = [account.phone, account.resident.phone if account.resident is not None else None]
    return [one for one in found if isinstance(one, Sealed) and one]
