"""How a protected word looks until somebody with a reason reveals it (``domain.md`` §10). Pure."""

from __future__ import annotations

import re


def mask_phone(phone: str) -> str:
    """``13812345678`` → ``138****5678``; a landline hides its last four digits: ``0571-8888****``."""
    digits = phone.strip()
    if re.fullmatch(r"1\d{10}", digits):
        return f"{digits[:3]}****{digits[-4:]}"
    return digits[:-4] + "*" * len(digits[-4:])


def mask_name(name: str) -> str:
    """张三 → 张*, 欧阳娜娜 → 欧***: the first character only."""
    words = name.strip()
    return words[:1] + "*" * (len(words) - 1) if len(words) > 1 else "*" * len(words)


def mask_id_number(number: str) -> str:
    """``11010519491231002X`` → ``110***********002X``: three, eleven stars, four; other lengths wholly hidden."""
    return f"{number[:3]}{'*' * 11}{number[-4:]}" if len(number) == 18 else "*" * len(number)


def mask_address(address: str) -> str:
    """枫杨里 5 幢 2 单元 502 室 → 枫杨里 **幢**室: keeps to the estate."""
    found = re.match(r"(.*?)\s*\d+[A-Za-z]?\s*[幢栋号楼]", address)
    return f"{found.group(1)} **幢**室".strip() if found else "**"


def mask_email(address: str) -> str:
    """``anna@x.com`` → ``a***@x.com``."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else "***"


def mask_date(day: str) -> str:
    """``1941-05-20`` → ``1941-**-**``."""
    return f"{day[:4]}-**-**" if re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) else "**"


def mask_wholly(text: str) -> str:
    """Four dots for anything: a care grade or an illness has no harmless part, and its length would tell too."""
    return "●●●●" if text else ""


MASKS = {
    "name": mask_name,
    "phone": mask_phone,
    "address": mask_address,
    "birth_date": mask_date,
    "identity_number": mask_id_number,
}
"""By protected field; :func:`masked_as` hides every other one wholly."""


def masked_as(field: str, text: str) -> str:
    """The text as a screen may show it, by the protected field that it is."""
    return MASKS.get(field, mask_wholly)(text)
