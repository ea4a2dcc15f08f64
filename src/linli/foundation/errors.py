"""Refusals: everything an action may answer other than success, in words for the person who asked.

A refusal carries a stable ``code`` (for programs), a message (for people, translated), the name of the
``field`` at fault where there is one, and an HTTP status. Pages show the message next to the field; the API
renders RFC 9457 problem details from it. Nothing is half-written: actions raise inside their transaction.
"""

from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """Base of all refusals; ``status`` is the HTTP status that a door should answer with."""

    status = 400
    code = "refused"

    def __init__(self, message="", *, code: str | None = None, field: str | None = None, **details):
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.field = field
        self.details = details

    def __str__(self) -> str:
        return str(self.message)

    @property
    def closes_the_page(self) -> bool:
        """Whether nothing that could be written into a form would help: the page itself is not for who asked."""
        return self.status in {403, 404}

    def beside(self, form) -> None:
        """Show it beside its field of a Django form, and above the form when it has no such field."""
        form.add_error(self.field if self.field in form.fields else None, str(self))


class Invalid(Refusal):
    """What was given cannot be used: says what is wrong, where, and what would be right."""

    status = 422
    code = "invalid"


class NotAllowed(Refusal):
    """The actor may see this but may not do that to it."""

    status = 403
    code = "not_allowed"

    def __init__(self, message=_("您没有做这件事的权限。"), **kwargs):
        super().__init__(message, **kwargs)


class NotFound(Refusal):
    """It does not exist, or the actor may not know that it does: the two are never told apart."""

    status = 404
    code = "not_found"

    def __init__(self, message=_("没有找到，可能已经移走，或者不在您的范围里。"), **kwargs):
        super().__init__(message, **kwargs)


class Conflict(Refusal):
    """Somebody else was faster, or the state no longer allows it."""

    status = 409
    code = "conflict"
