from django.apps import AppConfig


class LifecycleConfig(AppConfig):
    name = "linli.foundation.lifecycle"
    label = "lifecycle"

    def ready(self) -> None:
        from linli.foundation.lifecycle import tasks  # noqa: F401
