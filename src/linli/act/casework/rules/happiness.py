"""When a rating sends a case back to work."""

UNHAPPY_AT_MOST = 2


def is_happy(solved: bool, satisfaction: int) -> bool:
    """``satisfaction`` runs from 1 很不满意 to 5 满意; not solved, or 1–2, is unhappy."""
    return solved and satisfaction > UNHAPPY_AT_MOST
