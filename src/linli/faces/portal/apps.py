from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "linli.faces.portal"
    label = "portal"
