from django.apps import AppConfig


class ClockConfig(AppConfig):
    name = "linli.foundation.clock"
    label = "clock"
