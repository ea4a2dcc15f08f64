from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "linli.foundation.registry"
    label = "registry"

    def ready(self):
        from linli.foundation.registry import tasks  # noqa: F401
