"""The key to which is sealed while the keys are away rotates with the others; what is derived for ever does not."""

import base64

import pytest

from linli.foundation.registry.models import Resident
from linli.foundation.vault import keyring
from linli.foundation.vault.derived import derived_secret
from linli.foundation.vault.errors import KeysUnavailable, Unreadable
from linli.foundation.vault.fields import holds
from linli.foundation.vault.keyring import box_public, ring
from linli.foundation.vault.noise import noise_secret
from linli.foundation.vault.resealing import rotate, waiting
from linli.foundation.vault.ring import Ring
from linli.foundation.vault.sealing import _box, unseal

PHONE = "registry.resident.phone"

pytestmark = pytest.mark.django_db


def as_written_without_keys(label: str = PHONE) -> str:
    return _box(b"19977778888", label)


def put(who: str, token: str) -> None:
    from linli.foundation.vault.fields import Sealed

    Resident.objects.filter(code=who).update(phone=Sealed(token, PHONE))


def test_what_waited_is_opened_and_the_old_box_opens_nothing_any_more(own_keys, world):
    with world.scope():
        before, left, noise, derived = (
            box_public(),
            as_written_without_keys(),
            noise_secret("x"),
            derived_secret("x", b"n"),
        )
        put("R0", left)
        assert waiting() == 1
        rotate(wait=0)
        assert box_public() != before
        assert (waiting(), ring().old_boxes) == (0, ())
        assert Resident.objects.get(holds(Resident, phone="19977778888")).code == "R0"
        assert unseal(as_written_without_keys(), PHONE) == "19977778888"
        with pytest.raises(Unreadable):
            unseal(left, PHONE)
        assert (noise_secret("x"), derived_secret("x", b"n")) == (noise, derived)


def test_the_old_box_stays_while_anything_waits_for_it(own_keys, world):
    """A value that nothing opens now (it was moved from another column) may be brought back to where it opens."""
    with world.scope():
        left = as_written_without_keys("registry.resident.identity_number")
        put("R0", left)
        rotate(wait=0)
        rotate(wait=0)
        assert len(ring().old_boxes) == 2
        assert unseal(left, "registry.resident.identity_number") == "19977778888"
        Resident.objects.filter(code="R0").update(phone="")
        rotate(wait=0)
        assert ring().old_boxes == ()


def test_a_process_that_held_the_old_public_key_seals_to_the_new_one_at_once(own_keys, world):
    with world.scope():
        rotate(wait=0)
        now = box_public()
        assert base64.b64decode((own_keys.parent / "box.pub").read_text()) == now == ring(fresh=True).box_public


def test_a_machine_that_missed_a_rotation_is_known_and_a_foreign_ring_is_not(own_keys, world):
    with world.scope():
        public = own_keys.parent / "box.pub"
        old = public.read_text()
        rotate(wait=0)
        public.write_text(old)
        assert ring(fresh=True).box_public == box_public() != base64.b64decode(old)
        public.write_text(base64.b64encode(Ring.fresh().box_public).decode())
        keyring.forget()
        with pytest.raises(KeysUnavailable):
            ring()


def test_a_ring_of_the_first_version_keeps_its_noise(own_keys):
    facts = Ring.fresh().as_json()
    first = {"version": 1, "data": facts["data"], "index": facts["index"], "box": facts["box"]}
    ring_of_then = Ring.from_json(first)
    assert ring_of_then.root == ring_of_then.box
    later = Ring.from_json(ring_of_then.rotated().as_json())
    assert later.root == ring_of_then.box
    assert later.box != later.root
    assert later.old_boxes == (ring_of_then.box,)


def test_after_a_rotation_the_keys_are_still_their_owners_alone(own_keys, world):
    ring()
    with world.scope():
        rotate(wait=0)
    ring(fresh=True)
    assert {path.name for path in own_keys.parent.iterdir()} >= {"ring.json", "box.pub"}
    assert [path.name for path in own_keys.parent.iterdir() if path.stat().st_mode & 0o077] == []
