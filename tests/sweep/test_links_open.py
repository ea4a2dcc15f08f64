"""Whoever follows the links of their own pages never meets a closed door, a missing page or an error."""

from __future__ import annotations

import re
from collections import deque
from urllib.parse import urldefrag, urlsplit

import pytest
from django.urls import resolve

from tests.sweep.objects import place_objects
from tests.sweep.test_permissions import Person

pytestmark = pytest.mark.django_db

WHO = ("nobody", "elder", "family_proxy", "grid_worker", "community_director", "dpo", "analyst")
LINK = re.compile(r'<a\b[^>]*?\shref="(/[^"]*)"')
LEAVES = {"sign_out"}
"""Whoever follows these is somebody else afterwards."""


@pytest.mark.parametrize("who", WHO)
def test_no_link_of_ones_own_pages_is_closed(who, world):
    place_objects(world)
    client = Person(who, world).client
    home = client.get("/", follow=True).request["PATH_INFO"]
    came_from = {home: ""}
    waiting, seen, closed = deque(came_from), set(), []
    while waiting:
        address = waiting.popleft()
        match = resolve(urlsplit(address).path)
        if (match.view_name, tuple(match.kwargs)) in seen or match.view_name in LEAVES:
            continue
        seen.add((match.view_name, tuple(match.kwargs)))
        answer = client.get(address, follow=True)
        if answer.status_code >= 400:
            closed.append(f"{answer.status_code} {address} from {came_from[address]}")
        elif not answer.streaming and answer["Content-Type"].startswith("text/html"):
            for link in LINK.findall(answer.content.decode()):
                link = urldefrag(link.replace("&amp;", "&")).url
                if not link.startswith("/static/"):
                    came_from.setdefault(link, address)
                    waiting.append(link)
    assert len(seen) > 5
    assert not closed, "\n".join(closed)
