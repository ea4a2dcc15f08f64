from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "linli.foundation.notices"
    label = "notices"

    def ready(self):
        from linli.foundation.notices import holding, retention, tasks  # noqa: F401

        holding.register()
        retention.register()
