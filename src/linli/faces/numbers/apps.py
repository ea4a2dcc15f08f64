from django.apps import AppConfig


class NumbersConfig(AppConfig):
    name = "linli.faces.numbers"
    label = "numbers_face"
