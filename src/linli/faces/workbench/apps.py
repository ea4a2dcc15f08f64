from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    name = "linli.faces.workbench"
    label = "workbench"

    def ready(self) -> None:
        from linli.faces.workbench import retention, tasks  # noqa: F401

        retention.register()
