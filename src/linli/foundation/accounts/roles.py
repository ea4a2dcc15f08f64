"""Who may hold what: roles and the scope each is granted at (``domain.md`` §1)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    STREET_OFFICE = "street_office", _("街道办事处")
    COMMUNITY_DIRECTOR = "community_director", _("社区主任")
    COMMUNITY_WORKER = "community_worker", _("社区工作者")
    GRID_LEAD = "grid_lead", _("网格长")
    GRID_WORKER = "grid_worker", _("专职网格员")
    BUILDING_LEAD = "building_lead", _("楼栋长")
    PROPERTY_COMPANY = "property_company", _("物业企业")
    DPO = "dpo", _("个人信息保护负责人")
    AUDITOR = "auditor", _("监督委员会")
    ANALYST = "analyst", _("分析员")
    WALL_DISPLAY = "wall_display", _("大屏")
    RESIDENT = "resident", _("居民")
    FAMILY_PROXY = "family_proxy", _("亲情代办人")


COMMUNITY_STAFF = frozenset({Role.COMMUNITY_DIRECTOR, Role.COMMUNITY_WORKER})
GRID_STAFF = frozenset({Role.GRID_LEAD, Role.GRID_WORKER})
STAFF = COMMUNITY_STAFF | GRID_STAFF
OVERSIGHT = frozenset({Role.DPO, Role.AUDITOR})
AGE_OF_OWN_CONSENT = 14
"""PIPL art. 31: below it a parent or guardian decides."""

TWO_FACTOR_ROLES = STAFF | OVERSIGHT | {Role.STREET_OFFICE, Role.PROPERTY_COMPANY, Role.ANALYST}
