from django.apps import AppConfig


class SecurityConfig(AppConfig):
    name = "linli.foundation.security"
    label = "security"

    def ready(self) -> None:
        from linli.foundation.security import handlers, holding, retention, tasks  # noqa: F401

        holding.register()
        retention.register()
