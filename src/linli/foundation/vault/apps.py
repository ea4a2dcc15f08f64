from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "linli.foundation.vault"
    label = "vault"

    def ready(self):
        from linli.foundation.vault import tasks  # noqa: F401
