from django.apps import AppConfig


class PublishingConfig(AppConfig):
    name = "linli.foundation.privacy.publishing"
    label = "publishing"

    def ready(self) -> None:
        from linli.foundation.privacy.publishing import holding, retention, tasks  # noqa: F401

        holding.register()
        retention.register()
