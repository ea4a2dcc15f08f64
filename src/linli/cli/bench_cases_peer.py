"""What ``linli bench speed cases`` is measured beside: a bare Django view that inserts one row, and one that lists thirty by
an index, served by the same process over the same database, without middleware, sign-in, permission, or anything else.
"""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")

from linli.config.wsgi import application as ours
from linli.simulator.children import die_with_parent

from django.core.handlers.exception import convert_exception_to_response  # isort: skip
from django.core.handlers.wsgi import WSGIHandler  # isort: skip
from django.db import models  # isort: skip
from django.http import HttpRequest, HttpResponse, JsonResponse  # isort: skip
from django.template import Context, Engine  # isort: skip
from django.urls import path  # isort: skip
from django.utils import timezone  # isort: skip

ON_A_PAGE = 30
PAGE = Engine().from_string("<ul>{% for row in rows %}<li>{{ row.at }} {{ row.words }}</li>{% endfor %}</ul>")


class Bare(models.Model):
    """As many rows as there are cases."""

    group = models.IntegerField()
    words = models.TextField()
    at = models.DateTimeField()

    class Meta:
        app_label = "bench"
        indexes = [models.Index(fields=["group", "-at"], name="bench_bare_newest")]


def insert(request: HttpRequest) -> HttpResponse:
    row = Bare._default_manager.create(group=1, words=request.body.decode(), at=timezone.now())
    return JsonResponse({"id": row.pk}, status=201)


def newest(request: HttpRequest) -> HttpResponse:
    rows = Bare._default_manager.filter(group=1).order_by("-at")[:ON_A_PAGE]
    return HttpResponse(PAGE.render(Context({"rows": rows})))


urlpatterns = [path("bare/insert", insert), path("bare/list", newest)]


class BareHandler(WSGIHandler):
    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware, self._template_response_middleware, self._exception_middleware = [], [], []
        self._middleware_chain = convert_exception_to_response(self._with_own_pages)

    def _with_own_pages(self, request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__
        return self._get_response(request)  # type: ignore[attr-defined]


bare = BareHandler()


def application(environ, start_response):
    return (bare if environ["PATH_INFO"].startswith("/bare/") else ours)(environ, start_response)


def serve(port: int) -> None:
    """As ``linli serve`` does: two processes of four threads."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "linli.cli.bench_cases_peer:application",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=2,
        blocking_threads=4,
        log_level="warning",  # type: ignore[arg-type]
        websockets=False,
    ).serve()


die_with_parent()
