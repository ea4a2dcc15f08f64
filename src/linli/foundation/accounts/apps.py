from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "linli.foundation.accounts"
    label = "accounts"
