"""Sign-in, sign-out, second factor and preferences. The names with ``account_`` and ``mfa_`` are allauth's."""

from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.urls import path

from linli.foundation.accounts import pages, passkeys

urlpatterns = [
    path("sign-in/", pages.sign_in_by_phone, name="sign_in"),
    path("sign-in/code/", pages.enter_code, name="enter_code"),
    path("sign-in/staff/", pages.sign_in_by_password, name="account_login"),
    path("sign-in/closed/", pages.registration_is_by_staff, name="account_signup"),
    path("sign-out/", pages.sign_out, name="account_logout"),
    path("sign-in/passkey/", passkeys.SignInByPasskey.as_view(), name="mfa_login_webauthn"),
    path("sign-in/again/", passkeys.Again.as_view(), name="account_reauthenticate"),
    path("sign-in/again/second-factor/", passkeys.AgainByCode.as_view(), name="mfa_reauthenticate"),
    path("sign-in/again/passkey/", passkeys.AgainByPasskey.as_view(), name="mfa_reauthenticate_webauthn"),
    path("sign-in/second-factor/", passkeys.SecondFactor.as_view(), name="mfa_authenticate"),
    path("sign-in/second-factor/passkey/", passkeys.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path(
        "sign-in/second-factor/passkey/<int:pk>/remove/", passkeys.RemovePasskey.as_view(), name="mfa_remove_webauthn"
    ),
    path("sign-in/second-factor/passkeys/", pages.second_factor, name="mfa_list_webauthn"),
    path("sign-in/password/", pages.new_password, name="new_password"),
    path("sign-in/second-factor/mine/", pages.second_factor, name="mfa_index"),
    path(
        "sign-in/second-factor/set-up/",
        ActivateTOTPView.as_view(template_name="accounts/second_factor_set_up.html"),
        name="mfa_activate_totp",
    ),
    path(
        "sign-in/second-factor/remove/",
        DeactivateTOTPView.as_view(template_name="accounts/second_factor_remove.html"),
        name="mfa_deactivate_totp",
    ),
    path(
        "sign-in/second-factor/recovery/",
        ViewRecoveryCodesView.as_view(template_name="accounts/recovery_codes.html"),
        name="mfa_view_recovery_codes",
    ),
    path(
        "sign-in/second-factor/recovery/new/",
        GenerateRecoveryCodesView.as_view(template_name="accounts/recovery_codes_new.html"),
        name="mfa_generate_recovery_codes",
    ),
    path("preferences/theme/", pages.choose_theme, name="set_theme"),
    path("preferences/language/", pages.choose_language, name="set_language"),
]
