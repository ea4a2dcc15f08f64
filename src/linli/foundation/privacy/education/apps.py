from django.apps import AppConfig


class EducationConfig(AppConfig):
    name = "linli.foundation.privacy.education"
    label = "education"

    def ready(self) -> None:
        from linli.foundation.privacy.education import holding, retention

        holding.register()
        retention.register()
