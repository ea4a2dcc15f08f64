from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "linli.foundation.privacy.retention"
    label = "retention"

    def ready(self) -> None:
        from linli.foundation.privacy.retention import handlers, holding, own_tables, stores, tasks  # noqa: F401

        holding.register()
        own_tables.register()
        stores.register()
