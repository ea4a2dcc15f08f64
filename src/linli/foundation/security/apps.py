from django.apps import AppConfig


class SecurityConfig(AppConfig):
    name = "linli.foundation.security"
    label = "security"
