"""Who objected, or a purpose that the charter took out, stops the text message and nothing else."""

import pytest

from linli.foundation import clock
from linli.foundation.privacy import purposes
from linli.foundation.privacy.door import NotCovered, NotDeclared, use
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.purposes import all_purposes
from linli.foundation.privacy.reaching import mobile_of
from linli.foundation.privacy.rights.models import Suspension

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def without(*gone):
    class Charter:
        def in_force(self):
            return {key: one for key, one in all_purposes().items() if key not in gone}

    return [Charter()]


def test_a_worker_who_lives_here_and_objected_is_sent_nothing(world):
    worker = world.accounts["grid_worker"]
    with world.scope():
        worker.resident, worker.phone = world.residents["newcomer"], "19900007771"
        worker.save()
        assert mobile_of(worker, "staff_notice", about="case:1") == "19900007771"
        Suspension.objects.create(resident=worker.resident, purpose="staff_notice", since=clock.now())
        records = AccessRecord.objects.count()
        assert mobile_of(worker, "staff_notice", about="case:1") is None
        assert AccessRecord.objects.count() == records


def test_a_purpose_removed_while_jobs_run_lets_them_finish(world, monkeypatch):
    monkeypatch.setattr(purposes, "_charter", without("matter_notice"))
    with world.scope():
        assert mobile_of(world.residents["elder"], "matter_notice", about="case:1") is None
        with pytest.raises(NotCovered):
            use(world.residents["elder"], "phone", "matter_notice", about="case:1")


def test_what_was_never_declared_is_a_mistake_of_ours_and_is_not_swallowed(world):
    with world.scope(), pytest.raises(NotDeclared) as mistake:
        mobile_of(world.residents["elder"], "statistics", about="publication:1")
    assert not isinstance(mistake.value, NotCovered)


def test_a_landline_gets_no_text_message(world):
    with world.scope():
        elder = world.residents["elder"]
        elder.phone = "057188881234"
        elder.save()
        assert mobile_of(elder, "matter_notice", about="case:1") is None
