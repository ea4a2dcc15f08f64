from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "linli.sense.intake"
    label = "intake"

    def ready(self) -> None:
        from linli.foundation.files.access import photos_of
        from linli.sense.intake import holding, retention, tasks  # noqa: F401
        from linli.sense.intake.models import Arrival

        photos_of("intake", lambda actor, photo: Arrival.objects.visible_to(actor).filter(photos=photo).exists())
        holding.register()
        retention.register()
