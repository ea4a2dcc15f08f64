"""Texts that no database can keep are refused at the door, so that no view has to think of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.errors import HttpError
from ninja.parser import Parser


class StorableParser(Parser):
    """JSON and query strings without NUL characters and half surrogate pairs; such a request is malformed (400)."""

    def parse_body(self, request: HttpRequest) -> Any:
        body = super().parse_body(request)
        _refuse_unstorable(body)
        return body

    def parse_querydict(self, data: MultiValueDict, list_fields: list[str], request: HttpRequest) -> Any:
        values = super().parse_querydict(data, list_fields, request)
        _refuse_unstorable(values)
        return values


def _refuse_unstorable(value: Any) -> None:
    if isinstance(value, str):
        if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value):
            raise HttpError(400, "unstorable text")
    elif isinstance(value, dict):
        for key, one in value.items():
            _refuse_unstorable(key)
            _refuse_unstorable(one)
    elif isinstance(value, list):
        for one in value:
            _refuse_unstorable(one)
