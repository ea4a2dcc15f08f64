"""Replays against running processes: stopped, run again, and everything counted once."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from linli.simulator.measuring import Founded, founded_instance
from linli.simulator.neighbourhood.import_files import import_files
from linli.testing_tables import lay_into

pytestmark = pytest.mark.slow

GOOD_ROWS = 300


@pytest.fixture(scope="module")
def founded(embedded_database, tmp_path_factory) -> Iterator[Founded]:
    home = tmp_path_factory.mktemp("founded") / "home"
    lay_into(home)
    with founded_instance(seed=1, estates=1, home=home) as place:
        yield place


def _replay(founded: Founded, *arguments: str) -> subprocess.Popen[str]:
    instance = founded.instance
    command = [sys.executable, "-m", "linli.cli.main", "replay", *arguments]
    return subprocess.Popen(
        [*command, "--home", str(instance.home), "--url", instance.url],
        env=instance.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_listen_to_the_keyboard,
    )


def _listen_to_the_keyboard() -> None:
    """A suite started in the background of a shell hands an ignored SIGINT down to its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _finished(process: subprocess.Popen[str]) -> tuple[dict, str]:
    out, said = process.communicate(timeout=180)
    assert process.returncode == 0, said
    return json.loads(out), said


def test_messages_that_were_stopped_go_on_and_are_filed_once(founded, tmp_path):
    file = tmp_path / "messages.csv"
    rows = [f"{n},u,路灯不亮,2019/2/28 11:25:05,第 {n} 盏路灯坏了" for n in range(GOOD_ROWS)]
    rows.insert(40, f"long,u,太长,2019/2/28 11:25:05,{'长' * 2100}")
    rows.insert(41, ",u,没有编号,2019/2/28 11:25:05,x")
    file.write_text("留言编号,留言用户,留言主题,留言时间,留言详情\n" + "\n".join(rows) + "\n")
    held = founded.director.get("/requests")["total"]

    first = _replay(founded, "messages", str(file))
    assert first.stderr is not None
    assert any("100 rows" in line for line in first.stderr)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)
    assert first.returncode == 130
    assert 0 < founded.director.get("/requests")["total"] - held < GOOD_ROWS

    found, said = _finished(_replay(founded, "messages", str(file)))
    assert found["sent"] == GOOD_ROWS + 1 == found["accepted"] + found["repeated"] == found["stored"]
    assert found["repeated"] >= 98 and found["agrees"]
    assert "line 43: no number" in said
    understood = found["understood"]
    assert understood["total"] == sum(understood["by"].values()) >= GOOD_ROWS + 1
    assert understood["by"]["words"] >= GOOD_ROWS
    assert understood["placed"] == understood["named_another"] == 0
    assert understood["grouped"] >= GOOD_ROWS
    assert founded.director.get("/requests")["total"] - held == GOOD_ROWS + 1


def test_a_series_sent_twice_is_stored_once(founded, tmp_path):
    file = tmp_path / "load.csv"
    readings = [f"2014-04-01 {n // 60:02d}:{n % 60:02d}:00,{n * 0.5}" for n in range(450)]
    readings.insert(7, "soon,1")
    file.write_text("timestamp,value\n" + "\n".join(readings) + "\n")

    found, said = _finished(_replay(founded, "series", str(file)))
    assert (found["sent"], found["accepted"], found["repeated"], found["agrees"]) == (450, 450, 0, True)
    assert "line 9" in said

    (founded.instance.home / "simulator" / "replay.json").unlink()
    again, _ = _finished(_replay(founded, "series", str(file)))
    assert (again["sent"], again["accepted"], again["repeated"], again["agrees"]) == (450, 0, 450, True)


def test_the_import_files_of_a_neighbourhood_change_nothing_the_second_time(founded):
    for template, content in import_files(founded.n):
        report = founded.director.post(
            "/registry/imports",
            files={"file": (f"{template}.csv", content, "text/csv")},
            data={"template": template, "mode": "check"},
        )
        counted = {name: report[name] for name in ("created", "updated", "rejected")}
        assert counted == {"created": 0, "updated": 0, "rejected": 0}, template
        assert report["unchanged"] == report["rows"] > 0


def test_every_home_and_resident_of_the_plan_can_be_found_in_the_registry(founded):
    assert founded.places.home.keys() == {home.code for home in founded.n.homes}
    assert founded.places.resident.keys() == {person.code for person in founded.n.people}
