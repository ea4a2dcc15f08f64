from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "linli.act.care"
    label = "care"

    def ready(self) -> None:
        from linli.act.care import handlers, holding, retention, tasks  # noqa: F401
        from linli.act.care.queries import concerns
        from linli.foundation.privacy.concerning import work_of

        work_of("visit", concerns)
        holding.register()
        retention.register()
