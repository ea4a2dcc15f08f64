"""The second factor as typed on the page."""

from __future__ import annotations

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm

from linli.foundation.accounts.sign_in import first_use


class CodeForm(AuthenticateForm):
    """A one-time password works once, for as long as it is valid."""

    def clean_code(self) -> str:
        code = super().clean_code()
        if not first_use(self.user, code):
            raise get_adapter().validation_error("incorrect_code")
        return code
