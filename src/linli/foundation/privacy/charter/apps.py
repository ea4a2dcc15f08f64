from django.apps import AppConfig


class CharterConfig(AppConfig):
    name = "linli.foundation.privacy.charter"
    label = "charter"

    def ready(self) -> None:
        from linli.foundation.privacy.charter import handlers, holding, permissions, retention, tasks  # noqa: F401
        from linli.foundation.privacy.charter.register import Register
        from linli.foundation.privacy.purposes import set_charter

        set_charter(Register())
        holding.register()
        retention.register()
