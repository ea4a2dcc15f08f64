from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.foundation.privacy.retention import telling
from linli.foundation.privacy.retention.models import Plan


@on("retention.planned")
def tell_plan(event: Event) -> None:
    """The data-protection lead hears of it a day before it is carried out."""
    plan = Plan.objects.filter(pk=int(event.subject.partition(":")[2])).first()
    if plan is not None and plan.community_id is not None and plan.state == Plan.State.PLANNED:
        telling.tell_plan(plan)
