from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "linli.sense.requests"
    label = "requests"
