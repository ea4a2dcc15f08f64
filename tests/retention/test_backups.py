"""Backups expire, and beside each lies the list of what was erased since, in which nobody is named."""

import json
from datetime import timedelta

import pytest

from linli.cli.erasing_again import erase_again, lists_for
from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.foundation.privacy.consents.actions import give_consent, withdraw_consent
from linli.foundation.privacy.consents.retention import Gathered
from linli.foundation.privacy.models import AccessRecord, Consent
from linli.foundation.privacy.retention import backups, finishing, tasks, tombstones
from linli.foundation.privacy.retention.carrying_out import carry_on
from linli.foundation.privacy.retention.erasing import erase_resident
from linli.foundation.privacy.retention.planning import make_plan
from linli.foundation.registry.models import Resident


@pytest.fixture
def folder(settings, tmp_path):
    settings.LINLI_HOME = tmp_path / "home"
    settings.LINLI_TOMBSTONES = tmp_path / "home" / "erased.ndjson"
    settings.LINLI_BACKUP_DAYS = 35
    (tmp_path / "kept").mkdir()
    return tmp_path / "kept"


def archive(folder, name, days, size=100):
    path = folder / name
    path.write_bytes(b"x" * size)
    backups.note(path, (clock.real_now() - timedelta(days=days)).isoformat())
    return path


def test_archives_past_their_term_go_and_the_newest_stays_whatever_its_age(folder):
    old, young, newest = archive(folder, "a", 90), archive(folder, "b", 20), archive(folder, "c", 1)
    tasks.look_after_backups()
    assert (old.exists(), young.exists(), newest.exists()) == (False, True, True)
    assert [one.path for one in backups.archives()] == [str(young), str(newest)]
    young.unlink()
    newest.unlink()
    alone = archive(folder, "d", 400)
    tasks.look_after_backups()
    assert alone.exists(), "an old backup is worth more than none"


def test_a_file_of_that_name_that_is_not_the_archive_is_left_alone(folder):
    old = archive(folder, "a", 90)
    archive(folder, "b", 1)
    old.write_bytes(b"something else that somebody put here")
    tasks.look_after_backups()
    assert old.exists()


def test_with_no_term_nothing_goes(folder, settings):
    settings.LINLI_BACKUP_DAYS = 0
    old, _new = archive(folder, "a", 900), archive(folder, "b", 1)
    tasks.look_after_backups()
    assert old.exists()


@pytest.mark.django_db
def test_the_list_lies_beside_the_archive_and_names_nobody(world, folder, monday_morning):
    archive(folder, "a", 1)
    resident = world.residents["newcomer"]
    with world.scope():
        stone = tombstones.of_resident(resident)
        tombstones.lay([stone])
        assert tombstones.lay([stone]) == 0, "once"
        listed = (folder / "erased.ndjson").read_text()
        assert json.loads(listed) == dict(stone)
        for secret in (resident.name, resident.code, "1990"):
            assert secret not in listed.replace(str(stone["at"]), "")
        assert tombstones.names_resident(stone, resident)
        resident.code = "R9"
        assert not tombstones.names_resident(stone, resident)


def test_a_folder_that_was_away_gets_the_list_when_it_is_back(folder):
    archive(folder, "a", 1)
    away = folder.parent / "unmounted"
    folder.rename(away)
    tombstones.lay([{"at": "2026-01-01T00:00:00+00:00", "kind": "rule", "community": 1, "rule": "x", "as_of": ""}])
    away.rename(folder)
    tasks.look_after_backups()
    assert (folder / "erased.ndjson").read_text() == tombstones.ours().read_text()


def test_a_line_cut_short_by_a_crash_does_not_spoil_the_list(folder):
    tombstones.lay([{"at": "1", "kind": "rule"}])
    with tombstones.ours().open("a") as file:
        file.write('{"at": "2", "ki')
    assert [stone["at"] for stone in tombstones.read(tombstones.ours())] == ["1"]
    tombstones.lay([{"at": "3", "kind": "rule"}])
    assert [stone["at"] for stone in tombstones.read(tombstones.ours())] == ["1", "3"]


@pytest.fixture
def since(world, folder, monday_morning):
    """The list of a neighbourhood that erased a person, a consent's readings and old looks; then everything is back, as
    after the restore of an older backup."""
    made_at = clock.real_now().isoformat()
    with world.scope():
        looks = [
            AccessRecord(
                community=world.community, resident=world.residents["elder"], reader="x", field="phone",
                purpose="case_contact", at=clock.now() - timedelta(days=1300),
            )
            for _ in range(3)
        ]  # fmt: skip
        consent = give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
        stones = [tombstones.of_resident(world.residents["newcomer"]), tombstones.of_consent(consent)]
        AccessRecord.objects.bulk_create(looks)
    make_plan(world.community.pk)
    with clock.frozen(clock.now() + timedelta(days=1)):
        carry_on(seconds=5)
    tombstones.lay(stones)
    with world.scope():
        assert not AccessRecord.objects.exists()
        AccessRecord.objects.bulk_create(looks)
    return made_at


def test_after_a_restore_what_was_erased_since_is_erased_again(world, since):
    done = erase_again([tombstones.ours()], since)
    assert (done.people, done.consents, done.rows, done.waiting, done.troubles) == (1, 1, 3, 0, [])
    with world.scope():
        assert not Resident.objects.filter(pk=world.residents["newcomer"].pk).exists()
        assert Consent.objects.get().withdrawn_at is not None
        assert not AccessRecord.objects.exists()
    again = erase_again([tombstones.ours()], since)
    assert (again.people, again.consents, again.rows) == (0, 0, 0)


def test_what_was_erased_before_the_backup_was_made_is_not_done_again(world, since):
    later = (clock.real_now() + timedelta(hours=2)).isoformat()
    done = erase_again([tombstones.ours()], later)
    assert (done.people, done.consents, done.rows) == (0, 0, 0)


def test_somebody_new_under_an_old_number_is_not_erased(world, since):
    with world.scope():
        Resident.objects.filter(pk=world.residents["newcomer"].pk).update(code="R77")
    done = erase_again([tombstones.ours()], since)
    assert done.people == 0 and "is not the one who was erased" in done.troubles[0]
    with world.scope():
        assert Resident.objects.filter(code="R77").exists()


def test_a_restore_is_not_stopped_by_what_had_to_wait_then(world, since):
    from linli.act.casework.actions import receive

    with world.scope():
        receive("水管漏", actor=world.actor("community_director"), speaker_id=world.residents["newcomer"].pk)
    assert erase_again([tombstones.ours()], since).people == 1


def test_the_list_is_looked_for_beside_the_archive_and_where_the_setting_says(folder, tmp_path, monkeypatch):
    file = folder / "linli.tar.gz"
    assert lists_for(file, None) == []
    (folder / "erased.ndjson").write_text("")
    elsewhere = tmp_path / "list.ndjson"
    elsewhere.write_text("")
    monkeypatch.setenv("LINLI_TOMBSTONES", str(elsewhere))
    assert lists_for(file, None) == [folder / "erased.ndjson", elsewhere]


@pytest.mark.django_db
def test_an_erasure_that_died_before_it_was_listed_is_listed_when_it_is_finished(world, folder, monday_morning):
    """In a test nothing is committed, so what should run right after the commit never does: as after a crash."""
    with world.scope():
        erase_resident(world.residents["newcomer"], reason="rights", about="rights:0", actor=world.actor("dpo"))
        assert not tombstones.ours().exists()
    drain()
    finishing.finish_all()
    assert [stone["kind"] for stone in tombstones.read(tombstones.ours())] == ["resident"]


@pytest.mark.django_db
def test_a_consent_that_ended_is_listed(world, folder, monday_morning):
    with world.scope():
        consent = give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
        withdraw_consent(consent, actor=world.actor("elder"))
        assert Gathered().step(clock.now(), lambda count, marks: None)
    drain()
    finishing.finish_all()
    assert [stone["kind"] for stone in tombstones.read(tombstones.ours())] == ["consent"]
