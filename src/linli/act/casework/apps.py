from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "linli.act.casework"
    label = "casework"

    def ready(self) -> None:
        from linli.act.casework import handlers, tasks  # noqa: F401
        from linli.act.casework.queries.photos import may_see_photo
        from linli.foundation.files.access import photos_of

        photos_of("casework", may_see_photo)
