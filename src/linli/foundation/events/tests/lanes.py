"""A worker with a slow gateway and a slow job while somebody must be called; run as a program, in a database on disk."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event as Flag
from threading import Thread
from time import monotonic, sleep
from typing import Any

from django_tasks import task

SECONDS = 4.0
"""That the gateway for messages takes for each, and that the job takes."""


@task
def hear_for_long() -> None:
    sleep(SECONDS)


def gateways() -> tuple[int, list[tuple[str, float]]]:
    """Port, and what arrives: path and moment. ``/sms`` takes its time, ``/voice`` answers at once."""
    heard: list[tuple[str, float]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.path, monotonic()))
            if self.path == "/sms":
                sleep(SECONDS)
            self.send_response(202)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port, heard


def what_came_of_it(heard: list[tuple[str, float]]) -> dict[str, Any]:
    """Seconds from the order of a call to its arrival, and whether message and job were under way then and came to an end."""
    from django_tasks_db.models import DBTaskResult

    from linli.foundation.events import background
    from linli.foundation.events.tests.lanes import hear_for_long
    from linli.foundation.notices.actions import send
    from linli.foundation.notices.models import Notice

    hear_for_long.enqueue()
    send("19900000001", "一条", "slow")
    stop = Flag()
    worker = Thread(target=background.run, args=[stop])
    worker.start()
    _until(lambda: heard and DBTaskResult.objects.running().exists())
    asked = monotonic()
    send("19900000002", "有人被困", "call:1", channel=Notice.Channel.VOICE)
    _until(lambda: len(heard) > 1)
    busy = DBTaskResult.objects.running().exists() and Notice.objects.get(key="slow").state == "queued"
    stop.set()
    worker.join()
    return {
        "paths": [path for path, _at in heard],
        "waited": heard[1][1] - asked,
        "busy": busy,
        "sent": sorted(Notice.objects.filter(state="sent").values_list("key", flat=True)),
        "done": DBTaskResult.objects.successful().count(),
    }


def _until(is_so) -> None:
    end = monotonic() + 30
    while not is_so() and monotonic() < end:
        sleep(0.05)


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django

    django.setup()
    from django.conf import settings

    from linli.testing_tables import lay_into

    lay_into(settings.LINLI_HOME)
    port, heard = gateways()
    settings.LINLI_SMS = settings.LINLI_VOICE = "http_gateway"
    settings.LINLI_SMS_URL, settings.LINLI_VOICE_URL = (f"http://127.0.0.1:{port}/{way}" for way in ("sms", "voice"))
    settings.LINLI_SMS_TOKEN = settings.LINLI_VOICE_TOKEN = "s3cret"
    print(json.dumps(what_came_of_it(heard)))
