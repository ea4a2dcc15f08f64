from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Order(models.Model):
    """A visitor of the demo asked for something to happen; the simulator polls, plants it and it is out of our hands.

    Not about any community: the simulator decides where it happens, and nothing in Linli reads an order.
    """

    class What(models.TextChoices):
        TRAPPED = "trapped", _("电梯困住一个人")
        NO_WATER = "no_water", _("独居老人家断水")
        BURST_PIPE = "burst_pipe", _("水管爆了")
        TEN_COMPLAIN = "ten_complain", _("十位邻居来反映")

    what = models.CharField(max_length=16, choices=What.choices)
    at = models.DateTimeField(help_text="the neighbourhood's time")
    asked_at = models.DateTimeField(help_text="the machine's time")
    taken_at = models.DateTimeField(null=True, blank=True, help_text="the machine's time")
