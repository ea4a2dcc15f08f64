"""The audit of dependencies finds what is known, waits only as long as somebody said, and never passes in silence."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
import zipfile
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
_spec = importlib.util.spec_from_file_location("audit_dependencies", ROOT / "scripts" / "audit_dependencies.py")
assert _spec is not None and _spec.loader is not None
script = importlib.util.module_from_spec(_spec)
sys.modules["audit_dependencies"] = script
_spec.loader.exec_module(script)


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "frontend").mkdir()
    for lock in script.PYTHON_LOCKS:
        (tmp_path / lock).write_text(
            "# made\nGood_Thing==1.0 \\\n    --hash=sha256:aa\nold.thing==2.1 ; python_version > '3'\n"
        )
    packages = {
        "": {"version": "0"},
        "node_modules/@a/b": {"version": "3.0.0"},
        "node_modules/x/node_modules/c": {"version": "4.0.0"},
    }
    (tmp_path / script.NPM_LOCK).write_text(json.dumps({"packages": packages}))
    return tmp_path


@pytest.fixture
def service():
    """Speaks OSV's ``querybatch``: ``old-thing`` 2.1 has one advisory."""

    class Osv(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            results = [
                {"vulns": [{"id": "PYSEC-1", "modified": "x"}]} if one["package"]["name"] == "old-thing" else {}
                for one in asked
            ]
            body = json.dumps({"results": results}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Osv)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_address[1]}/v1/querybatch"
    running.shutdown()
    running.server_close()


def audit(checkout: Path, waits: str = "", **environment) -> int:
    path = checkout / "advisories.toml"
    path.write_text(waits)
    return script.audit(environment, root=checkout, last=checkout / "last.json", waits=path)


def test_every_locked_package_is_asked_for_under_its_proper_name(checkout):
    assert [str(one) for one in script.locked(checkout)] == [
        "good-thing 1.0 (PyPI)", "old-thing 2.1 (PyPI)", "@a/b 3.0.0 (npm)", "c 4.0.0 (npm)",
    ]  # fmt: skip


def test_our_own_locks_can_be_read():
    packages = script.locked()
    assert {"PyPI", "npm"} == {one.ecosystem for one in packages}
    assert any(one.name == "django" for one in packages) and len(packages) > 100


def test_a_known_weakness_fails_and_is_named(checkout, service, capsys):
    assert audit(checkout, LINLI_ADVISORY_SERVICE=service) == 1
    assert "old-thing 2.1 (PyPI): PYSEC-1" in capsys.readouterr().err
    assert not (checkout / "last.json").exists()


def test_an_accepted_one_waits_until_its_day_and_no_longer(checkout, service):
    later = '[PYSEC-1]\nreason = "no fix yet; the parser is not used"\nuntil = 2999-01-01\n'
    assert audit(checkout, later, LINLI_ADVISORY_SERVICE=service) == 0
    assert audit(checkout, later.replace("2999", "2001"), LINLI_ADVISORY_SERVICE=service) == 1
    with pytest.raises(ValueError, match="say why"):
        audit(checkout, "[PYSEC-1]\nuntil = 2999-01-01\n", LINLI_ADVISORY_SERVICE=service)


def test_where_nobody_can_be_asked_it_passes_and_says_so_loudly(checkout, service, capsys):
    away = "http://127.0.0.1:9/"
    assert audit(checkout, LINLI_ADVISORY_SERVICE=away) == 0
    said = capsys.readouterr().err
    assert "NOT AUDITED: 4 packages" in said and "never, on this machine" in said
    accepted = '[PYSEC-1]\nreason = "x"\nuntil = 2999-01-01\n'
    assert audit(checkout, accepted, LINLI_ADVISORY_SERVICE=service) == 0
    audit(checkout, LINLI_ADVISORY_SERVICE=away)
    assert f"last found clean: {date.today().year}" in capsys.readouterr().err


def test_a_releasing_machine_must_have_an_answer(checkout):
    assert audit(checkout, LINLI_ADVISORY_SERVICE="http://127.0.0.1:9/", LINLI_AUDIT="required") == 1


def test_advisories_can_be_brought_on_a_stick(checkout, capsys):
    dump = checkout / "all.zip"
    advisory = {
        "id": "GHSA-x", "affected": [{"package": {"ecosystem": "PyPI", "name": "Old.Thing"}, "versions": ["2.0", "2.1"]}],
    }  # fmt: skip
    with zipfile.ZipFile(dump, "w") as archive:
        archive.writestr("GHSA-x.json", json.dumps(advisory))
        archive.writestr("GHSA-y.json", json.dumps(advisory | {"id": "GHSA-y", "withdrawn": "2020-01-01"}))
    assert audit(checkout, LINLI_ADVISORIES=str(dump)) == 1
    said = capsys.readouterr().err
    assert "GHSA-x" in said and "GHSA-y" not in said
