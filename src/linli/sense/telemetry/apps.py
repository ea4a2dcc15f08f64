from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    name = "linli.sense.telemetry"
    label = "telemetry"
