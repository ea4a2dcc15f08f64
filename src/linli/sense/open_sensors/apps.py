from django.apps import AppConfig


class OpenSensorsConfig(AppConfig):
    name = "linli.sense.open_sensors"
    label = "open_sensors"

    def ready(self) -> None:
        from linli.sense.open_sensors import holding, retention, tasks  # noqa: F401

        holding.register()
        retention.register()
