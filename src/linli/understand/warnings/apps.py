from django.apps import AppConfig


class WarningsConfig(AppConfig):
    name = "linli.understand.warnings"
    label = "warnings"

    def ready(self) -> None:
        from linli.foundation.privacy.concerning import work_of
        from linli.foundation.privacy.naming import names_work
        from linli.sense.telemetry import taps
        from linli.understand.warnings import engine, handlers, holding, retention, tasks  # noqa: F401
        from linli.understand.warnings.queries import concerns, ended

        work_of("warning", concerns, ended=ended)
        names_work("warning", holding.names, decisions=holding.decisions, explain=holding.explain)
        holding.register()
        retention.register()
        taps.register("warnings", engine.look, device_types=engine.DEVICE_TYPES, urgent_types=engine.URGENT_TYPES)
