from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "linli.foundation.registry"
    label = "registry"

    def ready(self):
        from linli.foundation.registry import holding, numbers, retention, tasks, upkeep  # noqa: F401

        holding.register()
        retention.register()
        numbers.register()
        upkeep.register()
