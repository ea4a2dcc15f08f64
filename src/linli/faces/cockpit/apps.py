from django.apps import AppConfig


class CockpitConfig(AppConfig):
    name = "linli.faces.cockpit"
    label = "cockpit"
