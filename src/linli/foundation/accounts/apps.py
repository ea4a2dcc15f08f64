from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "linli.foundation.accounts"
    label = "accounts"

    def ready(self):
        from linli.foundation.accounts import holding, retention, tasks  # noqa: F401

        holding.register()
        retention.register()
