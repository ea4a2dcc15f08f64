from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "linli.foundation.notices"
    label = "notices"

    def ready(self):
        from linli.foundation.notices import tasks  # noqa: F401
