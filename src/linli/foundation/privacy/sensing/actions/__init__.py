"""Every write to declarations, assessments and ways in."""

from linli.foundation.privacy.sensing.actions.assessing import (
    approve_assessment,
    call_again,
    confirm,
    drop_assessment,
    end_assessment,
    fill,
    open_assessment,
    propose_assessment,
    redo,
    send_assessment_back,
)
from linli.foundation.privacy.sensing.actions.declaring import (
    Content,
    approve,
    change,
    declare,
    drop,
    note_filing,
    propose,
    revise,
    send_back,
    withdraw,
)
from linli.foundation.privacy.sensing.actions.entering import (
    confirm_removed,
    give_way_in,
    refuse_face,
    say_it_works,
)

__all__ = [
    "Content",
    "approve",
    "approve_assessment",
    "call_again",
    "change",
    "confirm",
    "confirm_removed",
    "declare",
    "drop",
    "drop_assessment",
    "end_assessment",
    "fill",
    "give_way_in",
    "note_filing",
    "open_assessment",
    "propose",
    "propose_assessment",
    "redo",
    "refuse_face",
    "revise",
    "say_it_works",
    "send_assessment_back",
    "send_back",
    "withdraw",
]
