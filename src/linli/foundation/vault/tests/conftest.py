import pytest

from linli.foundation.vault import keyring


@pytest.fixture
def own_keys(settings, tmp_path):
    """Keys of this test alone, in a file that it may lose, change and bring back."""
    settings.LINLI_HOME = tmp_path
    settings.LINLI_KEYS = ""
    keyring.forget()
    yield tmp_path / "keys" / "ring.json"
    keyring.forget()


@pytest.fixture(params=["aes-gcm", "sm4-gcm"])
def cipher(request, settings):
    settings.LINLI_CIPHER = request.param
    return request.param
