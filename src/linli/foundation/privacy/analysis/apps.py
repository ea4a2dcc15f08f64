from django.apps import AppConfig


class AnalysisConfig(AppConfig):
    name = "linli.foundation.privacy.analysis"
    label = "analysis"

    def ready(self) -> None:
        from linli.foundation.privacy.analysis import holding, permissions, residents_view, retention, tasks  # noqa: F401

        holding.register()
        retention.register()
        residents_view.register()
