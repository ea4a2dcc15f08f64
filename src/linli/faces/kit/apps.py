from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "linli.faces.kit"
    label = "kit"
