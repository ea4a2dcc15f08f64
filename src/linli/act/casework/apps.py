from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "linli.act.casework"
    label = "casework"
