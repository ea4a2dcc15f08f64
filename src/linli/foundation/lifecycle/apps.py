from django.apps import AppConfig


class LifecycleConfig(AppConfig):
    name = "linli.foundation.lifecycle"
    label = "lifecycle"
