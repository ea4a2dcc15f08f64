from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "linli.sense.requests"
    label = "requests"

    def ready(self) -> None:
        from linli.foundation.files.access import photos_of
        from linli.foundation.privacy.concerning import work_of
        from linli.foundation.privacy.naming import names_work
        from linli.sense.requests import holding, numbers, retention, tasks  # noqa: F401
        from linli.sense.requests.queries import concerns, ended, may_see_photo

        photos_of("requests", may_see_photo)
        work_of("request", concerns, ended=ended)
        names_work("request", holding.names)
        holding.register()
        retention.register()
        numbers.register()
