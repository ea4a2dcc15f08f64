from django.apps import AppConfig


class RightsConfig(AppConfig):
    name = "linli.foundation.privacy.rights"
    label = "rights"

    def ready(self) -> None:
        from linli.foundation.privacy.rights import concerning, handlers, holding, permissions, retention, tasks  # noqa: F401

        concerning.register()
        holding.register()
        retention.register()
