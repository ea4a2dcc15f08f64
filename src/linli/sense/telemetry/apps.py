from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    name = "linli.sense.telemetry"
    label = "telemetry"

    def ready(self) -> None:
        from linli.foundation.files.access import photos_of
        from linli.foundation.privacy.sensing.kinds import Kind, sensitive
        from linli.sense.telemetry import by_file, handlers, holding, retention, tasks  # noqa: F401
        from linli.sense.telemetry.device_types import CATALOGUE
        from linli.sense.telemetry.queries import may_see_photo

        by_file.register()
        holding.register()
        retention.register()
        photos_of("telemetry", may_see_photo)
        for one in CATALOGUE.values():
            if one.sensitive:
                metrics = {key: metric.label for key, metric in one.metrics.items()}
                traits = {"sees": one.sees, "opens": one.opens, "bodily": one.bodily}
                sensitive(Kind(one.key, one.label, metrics, **traits, why=one.why))
