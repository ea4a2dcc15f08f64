"""A database that somebody else is writing to is busy, not broken: the answer says to ask again."""

import json

from django.db import OperationalError
from django.test import RequestFactory

from linli.faces.openapi.api import api


def answer_to(error: Exception):
    return api.on_exception(RequestFactory().post("/api/v1/anything"), error)


def test_a_locked_database_is_answered_with_when_to_ask_again():
    response = answer_to(OperationalError("database is locked"))
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert json.loads(response.content)["code"] == "busy"


def test_a_broken_database_stays_a_fault():
    assert answer_to(OperationalError("disk I/O error")).status_code == 500
