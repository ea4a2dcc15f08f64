"""New keys while people work: nothing is lost, everything is under the new key, and the old one opens nothing."""

import fcntl
import threading
from contextlib import suppress

import pytest
from django.db import OperationalError, connection

from linli.foundation.privacy.door import masked, same
from linli.foundation.registry.models import Resident
from linli.foundation.tenancy import community_scope
from linli.foundation.vault import keyring, resealing
from linli.foundation.vault.errors import Unreadable
from linli.foundation.vault.fields import DOTS, Sealed, holds
from linli.foundation.vault.folder import SealedFolder
from linli.foundation.vault.keyring import ring
from linli.foundation.vault.resealing import RotationUnderWay, reseal_all, rotate
from linli.foundation.vault.sealing import key_of, unseal


def tokens() -> list[str]:
    return [one.phone.token for one in Resident.objects.all() if one.phone]


@pytest.mark.django_db
def test_everything_opens_and_is_found_under_the_new_keys_and_the_old_ones_are_gone(own_keys, world):
    with world.scope():
        before = Resident.objects.get(code="R0").phone.token
        assert rotate(wait=0) > 5
        assert {key_of(one) for one in tokens()} == {"k2"}
        assert (list(ring().data.secrets), list(ring().index.secrets)) == (["k2"], ["i2"])
        for who, phone in world.phones.items():
            assert Resident.objects.get(holds(Resident, phone=phone)).name == world.residents[who].name
        with pytest.raises(Unreadable):
            unseal(before, "registry.resident.phone")
        assert reseal_all() == 0


@pytest.mark.django_db
def test_a_rotation_that_stopped_in_the_middle_is_finished_by_the_next(own_keys, world, monkeypatch):
    with world.scope():
        resealed = []

        def dies(field, pk, token):
            if len(resealed) == 3:
                raise KeyboardInterrupt
            resealed.append(pk)
            return original(field, pk, token)

        original = resealing._reseal
        monkeypatch.setattr(resealing, "_reseal", dies)
        with pytest.raises(KeyboardInterrupt):
            rotate(wait=0)
        monkeypatch.setattr(resealing, "_reseal", original)
        assert {key_of(one) for one in tokens()} <= {"k1", "k2"}
        assert all(Resident.objects.filter(holds(Resident, phone=phone)).exists() for phone in world.phones.values())
        rotate(wait=0)
        assert {key_of(one) for one in tokens()} == {"k3"}
        assert list(ring().data.secrets) == ["k3"]


@pytest.mark.django_db
def test_two_do_not_rotate_at_once(own_keys, world):
    ring()
    own_keys.parent.mkdir(exist_ok=True)
    with (own_keys.parent / "rotating").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(RotationUnderWay):
            rotate(wait=0)


@pytest.mark.django_db(transaction=True)
def test_people_go_on_writing_meanwhile(own_keys, world):
    """The tests' database in memory refuses what a file would let wait: both sides then try again."""
    stop, written = threading.Event(), []

    def write():
        with community_scope(world.community):
            n = 0
            while not stop.is_set():
                phone = f"1998{n:07d}"
                with suppress(OperationalError):
                    newcomer = Resident.objects.get(code="R4")
                    newcomer.phone = phone
                    newcomer.save()
                    written.append(phone)
                    n += 1
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3):
            with suppress(OperationalError):
                rotate(wait=0)
    finally:
        stop.set()
        writer.join()
    rotate(wait=0)
    with world.scope():
        assert len(written) > 3
        assert same(Resident.objects.get(code="R4"), "phone", written[-1])
        assert len({key_of(one) for one in tokens()}) == 1


@pytest.mark.django_db
def test_one_broken_value_holds_up_no_other_and_breaks_no_page(own_keys, world, caplog):
    with world.scope():
        elder = Resident.objects.get(code="R0")
        broken = Sealed(elder.phone.token[:-8] + "AAAAAAAA", elder.phone.label)
        Resident.objects.filter(pk=elder.pk).update(phone=broken)
        assert masked(Resident.objects.get(code="R0"), "phone") == DOTS
        rotate(wait=0)
        assert {key_of(one) for one in tokens() if one != broken.token} == {"k2"}
        assert f"registry.resident.phone of row {elder.pk} cannot be opened" in caplog.text


def test_a_file_forgotten_while_it_is_sealed_anew_does_not_come_back(own_keys, monkeypatch):
    folder = SealedFolder("forgotten", "test.forgotten")
    name = folder.keep(1, b"snapshot")
    path = folder.path_of(name)
    forgetting = threading.Thread(target=folder.forget, args=[name])
    original = SealedFolder._write

    def meanwhile(self, where, data):
        forgetting.start()
        forgetting.join(0.2)
        original(self, where, data)

    monkeypatch.setattr(SealedFolder, "_write", meanwhile)
    keyring.replace_ring(ring(fresh=True).rotated())
    assert folder.reseal(resealing.current_prefix()) == 1
    forgetting.join()
    assert not path.exists()
    assert folder.reseal(resealing.current_prefix()) == 0


def test_a_broken_file_is_named_and_left(own_keys, caplog):
    folder = SealedFolder("broken", "test.broken")
    kept = folder.keep(1, b"whole")
    path = folder.path_of(folder.keep(1, b"broken"))
    path.write_bytes(path.read_bytes()[:-8])
    keyring.replace_ring(ring(fresh=True).rotated())
    assert folder.reseal(resealing.current_prefix()) == 1
    assert folder.read(kept) == b"whole"
    assert f"{path} cannot be opened" in caplog.text
