from django.apps import AppConfig


class JointConfig(AppConfig):
    name = "linli.foundation.privacy.joint"
    label = "joint"

    def ready(self) -> None:
        from linli.foundation.privacy.joint import holding, permissions, retention, tasks  # noqa: F401

        holding.register()
        retention.register()
