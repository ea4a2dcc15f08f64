from django.apps import AppConfig


class WarningsConfig(AppConfig):
    name = "linli.understand.warnings"
    label = "warnings"

    def ready(self) -> None:
        from linli.foundation.privacy.concerning import work_of
        from linli.sense.telemetry import taps
        from linli.understand.warnings import engine, handlers, tasks  # noqa: F401
        from linli.understand.warnings.queries import concerns

        work_of("warning", concerns)
        taps.register("warnings", engine.look, device_types=engine.DEVICE_TYPES)
