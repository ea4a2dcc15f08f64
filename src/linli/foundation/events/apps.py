from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "linli.foundation.events"
    label = "events"

    def ready(self) -> None:
        from linli.foundation.events import tasks  # noqa: F401
