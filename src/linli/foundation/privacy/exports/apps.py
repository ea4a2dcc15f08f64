from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "linli.foundation.privacy.exports"
    label = "exports"

    def ready(self) -> None:
        from linli.foundation.privacy.exports import holding, retention, tasks  # noqa: F401
        from linli.foundation.privacy.exports.naming import names
        from linli.foundation.privacy.naming import names_work

        names_work("export", names)
        holding.register()
        retention.register()
