"""Why nothing of somebody who is erased is left here."""

from __future__ import annotations

from linli.foundation.privacy.retention.person import spares


def register() -> None:
    spares(
        ("analysis.Study", "analysis.StudyQuestion"),
        "questions and gated answers; a study's rows lie sealed under pseudonyms, which lead to nobody once the person's"
        " row is gone, and go with the study",
    )
