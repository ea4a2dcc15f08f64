"""What tells a thing sent again from a new one: keys made on a phone, and what the phone was told."""

from __future__ import annotations

from linli.faces.workbench.models import Delivery, RateSubscription
from linli.foundation.privacy.holdings import holds_nothing
from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.person import spares


def register() -> None:
    expires(
        "workbench.Delivery", lambda before: Delivery.objects.filter(arrived_at__lt=before), moment="arrived_at",
        resident="",
    )  # fmt: skip
    expires(
        "workbench.RateSubscription", lambda before: RateSubscription.objects.filter(ended_at__lt=before),
        moment="ended_at", resident="",
    )  # fmt: skip
    holds_nothing(["workbench.RateSubscription"], "where a member of staff is sent figures for its work")
    spares(["workbench.RateSubscription"], "staff's own; they go with the account")
    holds_nothing(["workbench.Delivery"], "random keys of things that staff sent, which say nothing of a person")
    spares(["workbench.Delivery"], "random keys of things that staff sent; they go with the account")
