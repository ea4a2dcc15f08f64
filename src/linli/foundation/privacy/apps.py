from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "linli.foundation.privacy"
    label = "privacy"
