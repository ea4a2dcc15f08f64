from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "linli.foundation.accounts"
    label = "accounts"

    def ready(self):
        from allauth.mfa.signals import authenticator_added

        from linli.foundation.accounts.middleware import enrolled

        authenticator_added.connect(enrolled, dispatch_uid="linli.enrolled")
