from django.apps import AppConfig


class OpenapiConfig(AppConfig):
    name = "linli.faces.openapi"
    label = "openapi"
