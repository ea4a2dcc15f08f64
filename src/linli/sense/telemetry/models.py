from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.quarantine_reasons import WITHHELD_REASONS, words_for


class DeviceQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Staff by place. A resident sees the devices of its own home."""
        if actor.system or actor.is_community_staff:
            return self
        return self.filter(
            Q(building__grid__in=actor.grid_ids) | Q(home__residents__in=actor.residents_for("care"))
        ).distinct()


class Device(TenantModel):
    """设备. ``code`` is unique over all communities: it is the MQTT user name and the last part of its subject.

    ``type`` is a key of the device type catalogue, which declares metrics with unit, range and cadence. A device in
    a home speaks for that home only while a consent for its purpose is in force.
    """

    code = models.SlugField(max_length=48, unique=True)
    type = models.CharField(max_length=32)
    name = models.CharField(max_length=64, blank=True)
    credential_digest = models.CharField(max_length=64, help_text="SHA-256 of a 256-bit random secret")
    building = models.ForeignKey(
        "registry.Building", null=True, blank=True, on_delete=models.PROTECT, related_name="devices"
    )
    entrance = models.ForeignKey(
        "registry.Entrance", null=True, blank=True, on_delete=models.PROTECT, related_name="devices"
    )
    home = models.ForeignKey("registry.Home", null=True, blank=True, on_delete=models.PROTECT, related_name="devices")
    facility = models.ForeignKey(
        "registry.Facility", null=True, blank=True, on_delete=models.PROTECT, related_name="devices"
    )
    enrolled_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    secret_at = models.DateTimeField(null=True, blank=True, help_text="when its secret was last replaced by a new one")
    installer = models.CharField(max_length=80, blank=True, help_text="who fitted it: a company, or whom to ask there")
    firmware = models.CharField(max_length=64, blank=True)
    photo = models.ForeignKey(
        "files.Attachment", null=True, blank=True, on_delete=models.SET_NULL, related_name="devices"
    )
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaced_by"
    )
    last_seen_at = models.DateTimeField(null=True, blank=True, help_text="when its newest accepted message arrived")

    objects = TenantManager.from_queryset(DeviceQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["community", "type"])]

    def __str__(self) -> str:
        """What it is called, or its kind and code, and the nearest place that it has."""
        kind = CATALOGUE.get(self.type)
        called = self.name or f"{kind.label if kind else self.type} {self.code}"
        where = self.home or self.facility or self.entrance or self.building
        return gettext("%(device)s（%(place)s）") % {"device": called, "place": where} if where else called


class DeviceEntry(TenantModel):
    """经历: one thing that happened to a device, in the order of its life; what people see as its timeline.

    ``data`` holds what the words of ``what`` need: the place before, the metric and numbers, the case.
    """

    class What(models.TextChoices):
        ENROLLED = "enrolled", _("登记了")
        MOVED = "moved", _("换地方")
        CALIBRATED = "calibrated", _("校准")
        BATTERY = "battery", _("换电池")
        FIRMWARE = "firmware", _("换固件")
        SECRET = "secret", _("换密钥")
        MAINTENANCE = "maintenance", _("报修")
        MAINTAINED = "maintained", _("修好")
        METER = "meter", _("换表")
        REPLACED = "replaced", _("被换下")
        REVOKED = "revoked", _("已停用")
        NOTED = "noted", _("备注")

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="entries")
    what = models.CharField(max_length=12, choices=What.choices)
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "device entries"
        indexes = [models.Index(fields=["device", "-at"])]


class Calibration(TenantModel):
    """校准: readings of ``metric`` from ``since`` on are stored as ``reported × scale + offset``; earlier ones stay as said."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="calibrations")
    metric = models.CharField(max_length=32)
    scale = models.FloatField(default=1.0)
    offset = models.FloatField(default=0.0, help_text="in the metric's unit")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "metric", "since"], name="one_calibration_a_moment")]


class Fault(TenantModel):
    """毛病: what was noticed about a device that a row of readings does not show, one row a kind, counted.

    ``over_at`` is set when it was looked at again and is gone, or when a person did what ends it.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="faults")
    kind = models.CharField(max_length=12, help_text="a key of faults.WORDS")
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True, blank=True)
    detail = models.JSONField(default=dict, help_text="what its sentence needs")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "kind"], name="one_fault_a_kind")]


class LastValue(models.Model):
    """The newest value of each metric of each device: what the cockpit reads."""

    pk = models.CompositePrimaryKey("device", "metric")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="last_values")
    metric = models.CharField(max_length=32)
    time = models.DateTimeField()
    value = models.FloatField()


class HotObservation(models.Model):
    """Accepted observations that are not yet sealed into the lake. The key makes a repeated message harmless."""

    pk = models.CompositePrimaryKey("device", "metric", "time")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="+", db_index=False)
    metric = models.CharField(max_length=32)
    time = models.BigIntegerField(help_text="UTC, milliseconds since 1970")
    value = models.FloatField()


class LakeFile(models.Model):
    """The lake's manifest: a Parquet file counts only once it stands here.

    ``settled``: what is left in it stays by its rule, so that the nightly look need not open it again.
    """

    class Grain(models.TextChoices):
        RAW = "raw"
        FIVE_MINUTES = "five"
        HOUR = "hour"
        DAY = "day"

    path = models.CharField(max_length=200, unique=True, help_text="relative to the lake")
    community = models.ForeignKey("registry.Community", on_delete=models.PROTECT, related_name="+")
    day = models.DateField(help_text="UTC day of the observations")
    rows = models.PositiveIntegerField()
    first_time = models.DateTimeField()
    last_time = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()
    grain = models.CharField(max_length=4, choices=Grain.choices, default=Grain.RAW, db_default=Grain.RAW)
    settled = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [models.Index(fields=["community", "day"]), models.Index(fields=["settled", "grain", "day"])]


class Quarantined(models.Model):
    """隔离: a message, or a part of one, that could not be accepted, with the reason in words and as a code."""

    community = models.ForeignKey(
        "registry.Community", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    subject = models.CharField(max_length=255)
    device_code = models.CharField(max_length=64, blank=True)
    sequence = models.BigIntegerField()
    part = models.CharField(max_length=64, blank=True, help_text="the metric at fault; empty for the whole message")
    payload = models.BinaryField(help_text="cut to 64 kB")
    payload_size = models.PositiveIntegerField()
    code = models.CharField(max_length=40, help_text="a key of quarantine_reasons.REASONS")
    detail = models.JSONField(default=dict, help_text="what the reason's words need: the value, the range, the time")
    received_at = models.DateTimeField()
    replayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("隔离的消息")
        indexes = [models.Index(fields=["community", "replayed_at", "-received_at"])]

    @property
    def reason(self) -> str:
        """Why, in one sentence in the reader's language."""
        return words_for(self.code, self.detail)

    @property
    def whole(self) -> bool:
        """Whether the payload was kept whole and can be replayed."""
        return len(self.payload) == self.payload_size


class PublishViolation(models.Model):
    """A device tried what its credential does not allow, such as publishing as another device: nothing was stored."""

    device_code = models.CharField(max_length=64)
    what = models.CharField(max_length=200, help_text="the subject it tried, or the limit it broke")
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device_code", "what"], name="one_violation_a_subject")]


class Withheld(models.Model):
    """拒收: what a device of a sensitive kind sent and was not kept, counted by reason; nothing of it stands anywhere."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="withheld")
    reason = models.CharField(max_length=24, help_text="a key of quarantine_reasons.WITHHELD_REASONS")
    times = models.PositiveBigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "withheld"
        constraints = [models.UniqueConstraint(fields=["device", "reason"], name="one_withheld_a_reason")]

    @property
    def words(self) -> str:
        """Why, in one sentence in the reader's language."""
        return str(WITHHELD_REASONS[self.reason])


class IngestCursor(models.Model):
    """How far the stream is stored: moves in the same transaction as what it stored.

    ``stream_made`` tells one stream from a new one of the same name, whose sequence starts again at 1.
    """

    stream = models.CharField(max_length=40, unique=True)
    stream_made = models.CharField(max_length=40, blank=True)
    sequence = models.BigIntegerField(default=0)
    ahead = models.BigIntegerField(
        default=0,
        help_text="up to where urgent devices are read before the others; no more than sequence: they are not",
    )
    accepted = models.BigIntegerField(default=0, help_text="observations stored")
    repeated = models.BigIntegerField(default=0, help_text="observations that were stored before")
    quarantined = models.BigIntegerField(default=0, help_text="observations or whole messages set aside")
    unconsented = models.BigIntegerField(
        default=0, help_text="messages from homes that did not agree: counted, not kept"
    )
    undeclared = models.BigIntegerField(
        default=0, help_text="messages of sensitive devices that nobody declared or assessed: counted, not kept"
    )
    withheld = models.BigIntegerField(
        default=0, help_text="readings and pictures of declared devices that may not be kept: counted, not kept"
    )
    flooded = models.BigIntegerField(
        default=0, help_text="readings, or whole messages, beyond what one device may say: counted, not kept"
    )
    tap_failures = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(null=True)
    alive_at = models.DateTimeField(null=True, help_text="real time of the ingest process's last sign of life")
    trouble = models.CharField(
        max_length=200, blank=True, help_text="why storing waits, in words; empty when it does not"
    )


class CandidateQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Community staff: who may put a device into service decides what a bridge may bring."""
        return self if actor.system or actor.is_community_staff else self.none()


class Candidate(TenantModel):
    """候选设备: a device that a bridge has announced. Nothing it says is kept before a person takes it in.

    ``key`` is the gateway's own name of it. ``unkept`` counts state messages of which nothing was kept. ``device`` is what it
    became; while ``changed``, something about it was announced anew and waits for a look.
    """

    class State(models.TextChoices):
        OPEN = "open", _("等着看")
        TAKEN = "taken", _("接入了")
        REFUSED = "refused", _("不接")

    bridge = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="candidates")
    key = models.CharField(max_length=120)
    name = models.CharField(max_length=80)
    maker = models.CharField(max_length=80, blank=True)
    model = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    changed = models.BooleanField(default=False)
    device = models.ForeignKey(Device, null=True, blank=True, on_delete=models.SET_NULL, related_name="announced_as")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(help_text="when it was last announced or heard")
    unkept = models.PositiveBigIntegerField(default=0)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(CandidateQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bridge", "key"], name="one_candidate_a_key")]
        indexes = [models.Index(fields=["community", "state", "-last_at"])]

    def __str__(self) -> str:
        return self.name


class CandidateOffer(TenantModel):
    """One thing that a candidate can tell of, as it was announced; ``metric`` is what a person has agreed to take of it.

    A change of what it says empties ``metric``: what was agreed to is not what is offered now.
    """

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="offers")
    topic = models.CharField(max_length=255, help_text="where it was announced")
    key = models.CharField(max_length=64)
    component = models.CharField(max_length=16)
    name = models.CharField(max_length=80, blank=True)
    device_class = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    state_topic = models.CharField(max_length=255)
    template = models.CharField(max_length=300, blank=True)
    on = models.CharField(max_length=40, blank=True)
    off = models.CharField(max_length=40, blank=True)
    metric = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["candidate", "topic", "key"], name="one_offer_a_key")]
        indexes = [models.Index(fields=["candidate", "state_topic"])]


class ReadingsFileQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Only to whoever brought it: it may hold what homes' devices said."""
        return self if actor.system else self.filter(brought_by_id=actor.account_id or 0)


class ReadingsFile(TenantModel):
    """读数文件: a file of readings between its check, its import and the return of its bad rows; kept a day.

    ``content`` is a CSV, ``bad_rows`` what is returned of it. ``at`` of ``of`` lines are done in the present state.
    """

    class State(models.TextChoices):
        CHECKING = "checking", _("正在检查")
        CHECKED = "checked", _("检查过")
        SENDING = "sending", _("正在导入")
        DONE = "done", _("导入完了")
        FAILED = "failed", _("没有做完")

    file_name = models.CharField(max_length=120)
    content = models.BinaryField(help_text="sealed; empty once it is imported")
    bad_rows = models.BinaryField(default=b"", help_text="sealed; empty when there are none")
    heading = models.JSONField(default=list, help_text="names of the columns, as they stand in the file")
    state = models.CharField(max_length=8, choices=State.choices, default=State.CHECKING)
    trouble = models.CharField(max_length=24, blank=True, help_text="why it is not done: the code of a refusal")
    at = models.PositiveIntegerField(default=0)
    of = models.PositiveIntegerField(default=0)
    readings = models.PositiveIntegerField(default=0, help_text="readings that may be sent")
    bad = models.PositiveIntegerField(default=0, help_text="lines at fault")
    sent = models.PositiveIntegerField(default=0)
    brought_by = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    brought_at = models.DateTimeField(help_text="the machine's time")

    objects = TenantManager.from_queryset(ReadingsFileQuerySet)()

    @property
    def working(self) -> bool:
        return self.state in (self.State.CHECKING, self.State.SENDING)
