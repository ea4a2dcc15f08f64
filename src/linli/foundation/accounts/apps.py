from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "linli.foundation.accounts"
    label = "accounts"

    def ready(self):
        from linli.foundation.accounts import handlers, holding, retention, sessions, tasks  # noqa: F401
        from linli.foundation.accounts.second_factor import notes_second_factors

        holding.register()
        retention.register()
        sessions.notes_sign_ins()
        notes_second_factors()
