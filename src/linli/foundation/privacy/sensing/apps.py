from django.apps import AppConfig


class SensingConfig(AppConfig):
    name = "linli.foundation.privacy.sensing"
    label = "sensing"

    def ready(self) -> None:
        from linli.foundation.privacy.consents.paper import offer_only_where
        from linli.foundation.privacy.sensing import handlers, holding, permissions, retention, tasks  # noqa: F401
        from linli.foundation.privacy.sensing.queries import has_face_gate

        offer_only_where("face_access", has_face_gate)
        holding.register()
        retention.register()
