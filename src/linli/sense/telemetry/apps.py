from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    name = "linli.sense.telemetry"
    label = "telemetry"

    def ready(self) -> None:
        from linli.sense.telemetry import holding, retention

        holding.register()
        retention.register()
