from django.apps import AppConfig


class UnusualConfig(AppConfig):
    name = "linli.foundation.privacy.unusual"
    label = "unusual"

    def ready(self) -> None:
        from linli.foundation.privacy.unusual import handlers, holding  # noqa: F401

        holding.register()
