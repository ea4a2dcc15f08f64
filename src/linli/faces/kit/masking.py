"""How protected words look before somebody with a reason reveals them: the rules are the foundation's."""

from __future__ import annotations

from linli.foundation.privacy.masking import MASKS, mask_name, mask_phone

masked_name, masked_phone = mask_name, mask_phone

__all__ = ["MASKS", "masked_name", "masked_phone"]
