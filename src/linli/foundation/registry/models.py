from __future__ import annotations

from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import OVERSIGHT
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet
from linli.foundation.vault.fields import BlindIndexField, SealedField


class Street(models.Model):
    """街道: sees several communities."""

    code = models.CharField(max_length=12, unique=True, help_text="GB/T 2260 + GB/T 10114, 9 digits")
    name = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.name


class Community(models.Model):
    """社区: the tenant and the shard key."""

    street = models.ForeignKey(Street, null=True, blank=True, on_delete=models.PROTECT, related_name="communities")
    code = models.SlugField(max_length=32, unique=True)
    name = models.CharField(max_length=64)
    phone = models.CharField(_("服务电话"), max_length=20, help_text="the number printed on every page")
    phone_hours = models.CharField(max_length=40, default="8:00–20:00")
    surroundings = models.JSONField(
        default=dict,
        blank=True,
        help_text="GeoJSON FeatureCollection of water, green and roads; metres, local frame",
    )
    origin_latitude = models.FloatField(
        null=True, blank=True, help_text="degrees (WGS 84) of the point (0, 0) of the local frame, whose y points north"
    )
    origin_longitude = models.FloatField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "communities"

    def __str__(self) -> str:
        return self.name


class PlaceQuerySet(TenantQuerySet):
    """Estates, buildings and entrances are public knowledge inside their community."""

    def visible_to(self, actor: Actor):
        return self if actor.system or actor.community_id is not None else self.none()


PlaceManager = TenantManager.from_queryset(PlaceQuerySet)


class Estate(TenantModel):
    """小区."""

    class Kind(models.TextChoices):
        OLD = "old", _("老旧小区")
        NEW = "new", _("新小区")

    code = models.CharField(max_length=32)
    name = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    built_year = models.PositiveSmallIntegerField(null=True, blank=True)
    outline = models.JSONField(default=dict, blank=True, help_text="GeoJSON Polygon; metres, local frame")

    objects = PlaceManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "code"], name="estate_code_once")]

    def __str__(self) -> str:
        return self.name


class Grid(TenantModel):
    """网格: a set of buildings with a worker (GB/T 34300-2017: 300–500 households)."""

    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=64, blank=True)

    objects = PlaceManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "number"], name="grid_number_once")]
        ordering = ["number"]

    def __str__(self) -> str:
        return self.name or _("第 %(n)s 网格") % {"n": self.number}


class Building(TenantModel):
    """楼幢."""

    estate = models.ForeignKey(Estate, on_delete=models.PROTECT, related_name="buildings")
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="buildings")
    number = models.CharField(max_length=16, help_text="as on the plate: 3, 12A")
    storeys = models.PositiveSmallIntegerField()
    footprint = models.JSONField(help_text="GeoJSON Polygon; metres, local frame, x east, y north")
    verified_on = models.DateField(null=True, blank=True, help_text="when somebody last checked that this is so")

    objects = PlaceManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["estate", "number"], name="building_number_once")]

    def __str__(self) -> str:
        return _("%(estate)s %(number)s 幢") % {"estate": self.estate.name, "number": self.number}


class Entrance(TenantModel):
    """单元."""

    building = models.ForeignKey(Building, on_delete=models.PROTECT, related_name="entrances")
    number = models.CharField(max_length=8)
    has_lift = models.BooleanField(default=False)

    objects = PlaceManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["building", "number"], name="entrance_number_once")]

    def __str__(self) -> str:
        return _("%(building)s %(number)s 单元") % {"building": self.building, "number": self.number}


class HomeQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Community staff see all homes, grid staff their grid's, building leaders theirs, residents their own."""
        if actor.system or actor.is_community_staff:
            return self
        return self.filter(
            models.Q(entrance__building__grid__in=actor.grid_ids)
            | models.Q(entrance__building__in=actor.building_ids)
            | models.Q(residents__in=actor.resident_ids)
        ).distinct()


class Home(TenantModel):
    """户: a dwelling; who lives in it is the household, who owns it the owner."""

    entrance = models.ForeignKey(Entrance, on_delete=models.PROTECT, related_name="homes")
    number = models.CharField(max_length=16, help_text="room number: 502")
    floor = models.SmallIntegerField()
    exclusive_area = models.PositiveIntegerField(help_text="专有部分面积, 0.01 m²", null=True, blank=True)
    verified_on = models.DateField(null=True, blank=True, help_text="when somebody last checked that this is so")

    objects = TenantManager.from_queryset(HomeQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entrance", "number"], name="home_number_once")]

    def __str__(self) -> str:
        return _("%(entrance)s %(number)s 室") % {"entrance": self.entrance, "number": self.number}


class Household(TenantModel):
    """家庭户: the people who live together in a home; a home without one is empty or let by the room."""

    home = models.ForeignKey(Home, on_delete=models.PROTECT, related_name="households")
    code = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "code"], name="household_code_once")]


class ResidentQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        if actor.system or actor.is_community_staff:
            return self
        return self.filter(
            models.Q(home__entrance__building__grid__in=actor.grid_ids) | models.Q(pk__in=actor.resident_ids)
        )

    def living_here(self):
        return self.filter(left_on__isnull=True)


class Resident(TenantModel):
    """居民. ``code`` is the community's own stable number and the key of a repeated import."""

    class Sex(models.TextChoices):
        FEMALE = "f", _("女")
        MALE = "m", _("男")

    code = models.CharField(max_length=32)
    name = models.CharField(max_length=64)
    sex = models.CharField(max_length=1, choices=Sex.choices)
    birth_date = models.DateField()
    phone = SealedField(protects="phone", blank=True, default="")
    phone_index = BlindIndexField(of="phone", default="", db_index=True)
    phone_tail_index = BlindIndexField(of="phone", tail=4, default="", db_index=True)
    identity_number = SealedField(
        protects="identity_number", blank=True, default="", help_text="GB 11643-1999, 18 characters"
    )
    identity_number_index = BlindIndexField(of="identity_number", default="", db_index=True)
    care_grade = SealedField(
        protects="care_grade", blank=True, default="", help_text="GB/T 42195-2022: 0 able to 4 completely unable"
    )
    health_note = SealedField(
        protects="health", blank=True, default="", help_text="what helpers must know: allergies, oxygen, a pacemaker"
    )
    home = models.ForeignKey(Home, null=True, blank=True, on_delete=models.PROTECT, related_name="residents")
    household = models.ForeignKey(Household, null=True, blank=True, on_delete=models.PROTECT, related_name="members")
    living_alone = models.BooleanField(default=False, help_text="独居, a dated fact kept by staff, never inferred")
    living_alone_checked_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    verified_on = models.DateField(null=True, blank=True, help_text="when somebody last checked that this is so")

    objects = TenantManager.from_queryset(ResidentQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "code"], name="resident_code_once")]
        indexes = [models.Index(fields=["community", "birth_date"])]

    def __str__(self) -> str:
        return f"resident {self.code}"

    def age_on(self, day: date) -> int:
        return full_years(self.birth_date, day)


def full_years(born: date, day: date) -> int:
    """周岁, reached on the birthday (born 29 February: on 1 March in common years)."""
    return day.year - born.year - (0 if (day.month, day.day) >= (born.month, born.day) else 1)


class Owner(TenantModel):
    """业主 party: a person or company that owns homes; co-owners of one unit are one party in a vote."""

    code = models.CharField(max_length=32)
    name = models.CharField(max_length=64)
    resident = models.ForeignKey(
        Resident, null=True, blank=True, on_delete=models.SET_NULL, related_name="owner_parties"
    )
    homes = models.ManyToManyField(Home, related_name="owners")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "code"], name="owner_code_once")]


class Facility(TenantModel):
    """设施: something shared that can break: a lift, a lamp, a pump, a gate, a room of the centre."""

    class Kind(models.TextChoices):
        LIFT = "lift", _("电梯")
        LAMP = "lamp", _("路灯")
        PUMP = "pump", _("水泵")
        GATE = "gate", _("大门")
        FIRE = "fire", _("消防设施")
        CHARGER = "charger", _("充电桩")
        VENUE = "venue", _("邻里中心")
        OTHER = "other", _("其他")

    code = models.CharField(max_length=32)
    name = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="facilities")
    building = models.ForeignKey(Building, null=True, blank=True, on_delete=models.PROTECT, related_name="facilities")
    entrance = models.ForeignKey(Entrance, null=True, blank=True, on_delete=models.PROTECT, related_name="facilities")
    x = models.FloatField(help_text="metres east in the local frame")
    y = models.FloatField(help_text="metres north in the local frame")
    verified_on = models.DateField(null=True, blank=True, help_text="when somebody last checked that this is so")

    objects = PlaceManager()

    class Meta:
        verbose_name_plural = "facilities"
        constraints = [models.UniqueConstraint(fields=["community", "code"], name="facility_code_once")]

    def __str__(self) -> str:
        return self.name


class ImportQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Community staff and oversight: it says who changed the registry, not what is in it."""
        return self if actor.system or actor.is_community_staff or actor.has(*OVERSIGHT) else self.none()


class ImportRun(TenantModel):
    """A file that changed the registry: whose, when, which, and how many rows; the source of the data inventory."""

    template = models.CharField(max_length=16)
    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(help_text="bytes")
    created = models.PositiveIntegerField()
    updated = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    imported_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    imported_at = models.DateTimeField()

    objects = TenantManager.from_queryset(ImportQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["community", "template", "-imported_at"])]


UPLOAD_KEPT = timedelta(days=1)


class UploadQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Only to whoever uploaded it: it may hold a whole community's personal data."""
        return self.filter(uploaded_by_id=actor.account_id) if actor.account_id else self.none()


class ImportUpload(TenantModel):
    """An uploaded file between its check and its import, and as source of the rows that were rejected; kept a day."""

    template = models.CharField(max_length=16)
    file_name = models.CharField(max_length=120)
    content = models.BinaryField(help_text="sealed")
    uploaded_by = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    uploaded_at = models.DateTimeField(help_text="the machine's time")

    objects = TenantManager.from_queryset(UploadQuerySet)()
