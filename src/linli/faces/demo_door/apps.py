from django.apps import AppConfig


class DemoDoorConfig(AppConfig):
    name = "linli.faces.demo_door"
    label = "demo_door"

    def ready(self) -> None:
        from linli.faces.demo_door import retention

        retention.register()
