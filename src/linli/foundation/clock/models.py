from django.db import models


class ClockState(models.Model):
    """The one row that all processes of a demo read: a line through (real time, simulated time) with a slope."""

    anchor_real = models.DateTimeField()
    anchor_simulated = models.DateTimeField()
    speed = models.FloatField(default=1.0, help_text="simulated seconds in a real second; 0 is paused")

    catching_up = models.BooleanField(
        default=False, help_text="the simulator is living a past stretch, jump by jump; nobody paused"
    )

    not_beyond = models.DateTimeField(
        null=True, blank=True, help_text="simulated time at which it waits until what happened before is stored"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="clock_is_one_row"),
            models.CheckConstraint(condition=models.Q(speed__gte=0), name="clock_never_runs_back"),
        ]
