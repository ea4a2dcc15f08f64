from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "linli.act.care"
    label = "care"

    def ready(self) -> None:
        from linli.act.care import handlers, holding, retention, tasks  # noqa: F401
        from linli.act.care.queries import concerns, round_concerns
        from linli.foundation.privacy.concerning import work_of

        work_of("visit", concerns)
        work_of("careround", round_concerns)
        holding.register()
        retention.register()
