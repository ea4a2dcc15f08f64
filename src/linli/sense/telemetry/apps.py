from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    name = "linli.sense.telemetry"
    label = "telemetry"

    def ready(self) -> None:
        from linli.foundation.privacy.sensing.kinds import Kind, sensitive
        from linli.sense.telemetry import holding, retention
        from linli.sense.telemetry.device_types import CATALOGUE

        holding.register()
        retention.register()
        for one in CATALOGUE.values():
            if one.sensitive:
                metrics = {key: metric.label for key, metric in one.metrics.items()}
                sensitive(Kind(one.key, one.label, metrics, sees=one.sees, opens=one.opens, bodily=one.bodily))
