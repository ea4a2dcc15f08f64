from django.apps import AppConfig


class WarningsConfig(AppConfig):
    name = "linli.understand.warnings"
    label = "warnings"
