"""The key service is down: nothing can be read, nothing is guessed, and what people write is kept until it is back."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from linli.foundation.accounts.sign_in import issue_token
from linli.foundation.privacy import concerning
from linli.foundation.privacy.door import masked, reveal, same
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.registry.models import Resident
from linli.foundation.vault import keyring
from linli.foundation.vault.errors import KeysUnavailable
from linli.foundation.vault.fields import DOTS, holds
from linli.foundation.vault.resealing import waiting
from linli.foundation.vault.ring import Ring
from linli.foundation.vault.sealing import is_boxed
from linli.foundation.vault.sources import KeyService
from linli.foundation.vault.tasks import seal_what_waited

TOKEN = "s.key-service"


class KeyValueStore(BaseHTTPRequestHandler):
    """The two calls of a KV v2 secrets engine that Linli makes, for one secret in memory."""

    def do_GET(self):
        if self.headers["X-Vault-Token"] != TOKEN:
            self._answer(403, {"errors": ["permission denied"]})
        elif self.server.kept is None:
            self._answer(404, {"errors": []})
        else:
            self._answer(200, {"data": {"data": self.server.kept, "metadata": {"version": self.server.version}}})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.before_write is not None:
            self.server.kept, self.server.before_write = self.server.before_write, None
        if body.get("options", {}).get("cas") == 0 and self.server.kept is not None:
            return self._answer(400, {"errors": ["check-and-set parameter did not match the current version"]})
        self.server.kept, self.server.version = body["data"], self.server.version + 1
        return self._answer(200, {"data": {"version": self.server.version}})

    def _answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


class Service:
    def __init__(self):
        self.port, self.kept, self.version = 0, None, 0

    def start(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), KeyValueStore)
        self.server.kept, self.server.version, self.server.before_write = self.kept, self.version, None
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()

    def stop(self):
        self.kept, self.version = self.server.kept, self.server.version
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def service(settings, tmp_path):
    service = Service()
    service.start()
    settings.LINLI_HOME = tmp_path
    settings.LINLI_KEYS = f"http://127.0.0.1:{service.port}/v1/secret/data/linli"
    settings.LINLI_KEYS_TOKEN = TOKEN
    keyring.forget()
    yield service
    service.stop()
    keyring.forget()


@pytest.fixture
def away(service, world):
    """The neighbourhood was founded with the keys at hand, and now they are away."""
    service.stop()
    keyring.forget()
    yield
    service.start()
    keyring.forget()


@pytest.fixture(autouse=True)
def work_on_the_elder(monkeypatch):
    monkeypatch.setattr(concerning, "_kinds", {"case": lambda number, resident, reader, *, emergency: True})


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def test_no_keys_lie_on_this_machine(service, world, tmp_path):
    assert service.server.kept["data"]["current"] == "k1"
    assert [one.name for one in (tmp_path / "keys").iterdir()] == ["box.pub"]


def test_a_reveal_is_refused_and_leaves_no_record_of_a_look_that_was_none(away, world):
    with world.scope():
        with pytest.raises(KeysUnavailable):
            reveal(world.residents["elder"], "phone", "case_contact", "case:1", actor=world.actor("grid_worker"))
        assert not AccessRecord.objects.exists()


def test_pages_show_dots_instead_of_breaking(away, world):
    with world.scope():
        assert masked(Resident.objects.get(code="R0"), "phone") == DOTS


def test_the_api_says_so_in_words(away, world, client):
    elder = world.residents["elder"].pk
    answer = client.post(
        f"/api/v1/residents/{elder}/reveal",
        json.dumps({"field": "phone", "purpose": "case_contact", "about": "case:1"}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {issue_token(world.accounts['grid_worker'], label='test')}"},
    )
    assert (answer.status_code, answer.json()["code"]) == (503, "keys_unavailable")


def test_nobody_is_found_by_a_number_and_nobody_is_mistaken_for_unknown(away, world):
    with world.scope(), pytest.raises(KeysUnavailable):
        Resident.objects.filter(holds(Resident, phone="19912345678")).exists()


def test_what_is_written_meanwhile_is_sealed_at_once_and_found_when_the_keys_are_back(service, world):
    service.stop()
    keyring.forget()
    with world.scope():
        elder = Resident.objects.get(code="R0")
        elder.phone = "19977778888"
        elder.save()
        kept = Resident.objects.get(code="R0").phone
        assert is_boxed(kept.token)
        assert "19977778888" not in kept.token
        with pytest.raises(KeysUnavailable):
            same(elder, "phone", "19977778888")
        assert seal_what_waited() == 0
        service.start()
        keyring.forget()
        assert waiting() == 1
        assert seal_what_waited() == 1
        assert waiting() == 0
        found = Resident.objects.get(holds(Resident, phone="19977778888"))
        assert found.pk == elder.pk
        assert same(found, "phone", "19977778888")


def test_a_process_forgets_the_keys_after_a_minute(service, world, monkeypatch):
    service.stop()
    with world.scope():
        assert same(Resident.objects.get(code="R0"), "phone", world.phones["elder"])
        monkeypatch.setattr(keyring, "HELD_FOR", 0.0)
        with pytest.raises(KeysUnavailable):
            same(Resident.objects.get(code="R0"), "phone", world.phones["elder"])
    service.start()


def test_a_wrong_token_opens_nothing(service, world, settings):
    settings.LINLI_KEYS_TOKEN = "s.somebody-else"
    keyring.forget()
    with pytest.raises(KeysUnavailable):
        keyring.ring()


def test_keys_that_are_gone_are_never_replaced_by_new_ones(service, world):
    """A service that was emptied answers as one that was never used: what is sealed would be lost behind new keys."""
    service.server.kept = None
    keyring.forget()
    with world.scope():
        assert masked(Resident.objects.get(code="R0"), "phone") == DOTS
        elder = Resident.objects.get(code="R0")
        elder.phone = "19977778888"
        assert is_boxed(elder.phone.token)
    assert service.server.kept is None


def test_a_key_file_that_is_gone_is_waited_for(own_keys):
    before = keyring.ring().as_json()
    kept = own_keys.read_text()
    own_keys.unlink()
    keyring.forget()
    with pytest.raises(KeysUnavailable):
        keyring.ring()
    assert not own_keys.exists()
    own_keys.write_text(kept)
    assert keyring.ring().as_json() == before


def test_the_keys_of_another_installation_are_not_taken_for_ours(own_keys):
    keyring.ring()
    own_keys.write_text(json.dumps(Ring.fresh().as_json()))
    keyring.forget()
    with pytest.raises(KeysUnavailable):
        keyring.ring()


def test_two_that_begin_at_once_go_on_with_the_same_keys(settings, tmp_path):
    """Another process writes its keys between our question and our answer."""
    service = Service()
    service.start()
    others = Ring.fresh().as_json()
    service.server.before_write = others
    source = KeyService(f"http://127.0.0.1:{service.port}/v1/secret/data/linli", TOKEN)
    try:
        assert source.load(begin=True).as_json() == others
    finally:
        service.stop()
