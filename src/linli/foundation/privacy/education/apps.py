from django.apps import AppConfig


class EducationConfig(AppConfig):
    name = "linli.foundation.privacy.education"
    label = "education"
