from datetime import timedelta

from linli.foundation.lifecycle.ticks import tick
from linli.foundation.privacy.sensing import reviewing


@tick(timedelta(hours=1))
def look_after_assessments() -> None:
    """Purposes whose words have changed, and purposes that are gone, make an assessment due again."""
    reviewing.call_for_what_changed()
