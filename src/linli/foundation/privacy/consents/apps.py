from django.apps import AppConfig


class ConsentsConfig(AppConfig):
    name = "linli.foundation.privacy.consents"
    label = "consents"

    def ready(self) -> None:
        from linli.foundation.accounts.queries import CHILD_SIGN_IN
        from linli.foundation.files.access import photos_of
        from linli.foundation.privacy.consents import holding, numbers, retention, tasks  # noqa: F401
        from linli.foundation.privacy.consents.guarding import is_child
        from linli.foundation.privacy.consents.paper import offer_only_where
        from linli.foundation.privacy.consents.queries import may_see_paper

        offer_only_where(CHILD_SIGN_IN, is_child)
        photos_of("consents", may_see_paper)
        holding.register()
        retention.register()
        numbers.register()
