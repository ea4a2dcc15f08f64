from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "linli.foundation.registry"
    label = "registry"
