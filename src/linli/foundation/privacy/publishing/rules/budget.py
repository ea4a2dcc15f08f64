"""Privacy budgets as whole thousandths of ε: nothing drifts, nothing is infinite, nothing is no number. Pure.

Pure ε-differential privacy adds up over releases (Dwork and Roth 2014, theorem 3.16), so a ledger of whole numbers is
the exact account of what a year has told about anybody.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction

ONE = 1000
"""Thousandths in ε = 1."""
MOST = 20 * ONE
"""No year of one community may be granted more: beyond it the noise protects nobody."""
_LONGEST = 12


class NotABudget(ValueError):
    """What was given is no finite, positive number of whole thousandths within the limit."""


def thousandths(said: object, *, most: int = MOST) -> int:
    """``"0.5"`` → 500. Takes text, :class:`int` (of whole ε), :class:`Decimal` or :class:`Fraction`.

    Raises :class:`NotABudget` for nothing, for zero and below, NaN, infinity, parts of a thousandth, more than ``most``,
    and for floating-point numbers: 0.1 is none of them exactly.
    """
    found = _exact(said) * ONE
    if found.denominator != 1:
        raise NotABudget("a budget counts in thousandths")
    if not 1 <= found.numerator <= most:
        raise NotABudget(f"a budget is more than 0 and at most {spelled(most)}")
    return found.numerator


def whole(amount: object, *, most: int = MOST) -> int:
    """An amount that is thousandths already; raises :class:`NotABudget` for anything but an :class:`int` in 1–``most``."""
    if type(amount) is not int or not 1 <= amount <= most:
        raise NotABudget(f"not 1 to {most} thousandths: {amount!r:.40}")
    return amount


def spelled(amount: int) -> str:
    """500 → ``0.5``, 5000 → ``5``."""
    units, rest = divmod(amount, ONE)
    return f"{units}.{rest:03d}".rstrip("0").rstrip(".")


def _exact(said: object) -> Fraction:
    if isinstance(said, bool) or not isinstance(said, int | str | Decimal | Fraction):
        raise NotABudget(f"not a budget: {type(said).__name__}")
    if isinstance(said, Fraction | int):
        return Fraction(said)
    text = str(said).strip()
    if not text.isascii() or not 0 < len(text) <= _LONGEST or set(text) - set("0123456789.+-"):
        raise NotABudget("not a number")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise NotABudget("not a number") from None
    return Fraction(number)
