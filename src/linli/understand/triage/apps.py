from django.apps import AppConfig


class TriageConfig(AppConfig):
    name = "linli.understand.triage"
    label = "triage"

    def ready(self) -> None:
        from linli.foundation.privacy.holdings import holds_nothing
        from linli.sense.intake.locating import locates
        from linli.understand.triage import handlers, retention  # noqa: F401
        from linli.understand.triage.queries import building_meant

        retention.register()
        locates(building_meant)
        holds_nothing(
            ["triage.Reading", "triage.Suggestion"],
            "words of a request and what was made of them: the request itself is told, and its reading goes with it",
        )
        holds_nothing(["triage.ReadingRules", "triage.OwnCategory"], "rules of the community, decided by its staff")
