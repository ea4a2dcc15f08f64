"""A sealed column shows nothing by accident: not in Python, not in the database, and it can still be searched."""

import json
import pickle

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from linli.foundation.accounts.models import Account
from linli.foundation.privacy.door import masked, same
from linli.foundation.privacy.purposes import FIELDS
from linli.foundation.registry.models import Resident
from linli.foundation.vault.fields import Sealed, ends_with, holds, sealed_columns

pytestmark = pytest.mark.django_db


def every_row() -> str:
    """Everything that the database holds, as text."""
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [repr(row) for row in cursor.fetchall()]
    return "\n".join(found)


def test_the_database_holds_no_number(world):
    held = every_row()
    assert world.residents["elder"].name in held
    for phone in world.phones.values():
        assert phone not in held
        assert phone[:3] + phone[-4:] not in held


def test_printing_comparing_and_serialising_show_nothing(world):
    with world.scope():
        phone = Resident.objects.get(code="R0").phone
    number = world.phones["elder"]
    for shown in (str(phone), repr(phone), f"{phone}", "%s" % phone):  # noqa: UP031
        assert number not in shown
    assert phone != number
    assert phone
    with pytest.raises(TypeError):
        pickle.dumps(phone)
    with pytest.raises(TypeError):
        json.dumps({"phone": phone}, cls=DjangoJSONEncoder)


def test_it_is_found_by_the_whole_number_however_it_is_written_and_by_its_end(world):
    number = world.phones["elder"]
    with world.scope():
        for written in (number, f"{number[:3]}-{number[3:7]}-{number[7:]}", f" {number} "):
            assert Resident.objects.get(holds(Resident, phone=written)).code == "R0"
        assert Resident.objects.filter(ends_with(Resident, phone=number[-4:])).first().code == "R0"
        assert not Resident.objects.filter(holds(Resident, phone="19912345678")).exists()
        assert not Resident.objects.filter(holds(Resident, phone="")).exists()


def test_a_changed_number_is_found_under_the_new_one_only(world):
    with world.scope():
        elder = Resident.objects.get(code="R0")
        elder.phone = "19955556666"
        elder.save()
        assert Resident.objects.get(holds(Resident, phone="19955556666")).code == "R0"
        assert not Resident.objects.filter(holds(Resident, phone=world.phones["elder"])).exists()
        assert same(Resident.objects.get(code="R0"), "phone", "19955556666")
        elder.phone = ""
        elder.save()
        again = Resident.objects.get(code="R0")
        assert (bool(again.phone), again.phone_index, again.phone_tail_index, masked(again, "phone")) == (
            False, "", "", "",
        )  # fmt: skip


def test_two_accounts_cannot_have_one_number_although_neither_can_be_read(world):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create_user("another", phone=world.phones["elder"])


def test_a_sealed_value_of_one_column_does_not_slip_into_another(world):
    with world.scope(), pytest.raises(TypeError):
        Account(username="x", phone=Resident.objects.get(code="R0").phone)


def test_a_plain_text_cannot_be_written_or_asked_for_past_the_seal(world):
    with world.scope():
        with pytest.raises(TypeError):
            Resident.objects.filter(code="R0").update(phone="19912345678")
        with pytest.raises(TypeError):
            list(Resident.objects.filter(phone="19912345678"))


def test_every_sealed_column_is_opaque_and_named_in_the_words_of_the_registry_of_purposes():
    assert sealed_columns()
    for column in sealed_columns():
        row = column.model()
        setattr(row, column.name, "330106194105201234")
        value = getattr(row, column.name)
        assert isinstance(value, Sealed), column.label
        assert "3301" not in f"{value}{value!r}", column.label
        assert column.protects in FIELDS or column.label == "rights.rightsrequest.wanted", column.label
