from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "linli.act.casework"
    label = "casework"

    def ready(self) -> None:
        from linli.act.casework import handlers, holding, numbers, retention, studied, tasks  # noqa: F401
        from linli.act.casework.queries.concerning import concerns, ended
        from linli.act.casework.queries.photos import may_hear_voice, may_see_photo
        from linli.foundation.files.access import photos_of
        from linli.foundation.privacy.concerning import work_of
        from linli.foundation.privacy.naming import names_work
        from linli.sense.requests.access import voices_of

        photos_of("casework", may_see_photo)
        voices_of("casework", may_hear_voice)
        work_of("case", concerns, ended=ended)
        names_work("case", holding.names, decisions=holding.decisions, explain=holding.explain)
        holding.register()
        retention.register()
        numbers.register()
        studied.register()
