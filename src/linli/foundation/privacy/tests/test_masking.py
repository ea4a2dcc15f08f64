"""Masks of domain facts §10."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.privacy.masking import (
    mask_address,
    mask_date,
    mask_email,
    mask_id_number,
    mask_name,
    mask_phone,
    masked_as,
)
from linli.foundation.privacy.purposes import FIELDS


@pytest.mark.parametrize(
    ("mask", "clear", "masked"),
    [
        (mask_phone, "13812345678", "138****5678"),
        (mask_phone, "0571-88881234", "0571-8888****"),
        (mask_phone, "110", "***"),
        (mask_phone, "", ""),
        (mask_name, "张三", "张*"),
        (mask_name, "欧阳娜娜", "欧***"),
        (mask_name, "李", "*"),
        (mask_name, "", ""),
        (mask_id_number, "11010519491231002X", "110***********002X"),
        (mask_id_number, "110105491231002", "***************"),
        (mask_address, "枫杨里 5 幢 2 单元 502 室", "枫杨里 **幢**室"),
        (mask_address, "枫杨里12A幢", "枫杨里 **幢**室"),
        (mask_address, "不知道", "**"),
        (mask_email, "anna@x.com", "a***@x.com"),
        (mask_email, "nothing", "***"),
        (mask_date, "1941-05-20", "1941-**-**"),
        (mask_date, "unknown", "**"),
    ],
)
def test_the_examples_of_the_handbook(mask, clear, masked):
    assert mask(clear) == masked


@given(st.text(alphabet="张王李赵欧阳娜三", min_size=2, max_size=8))
def test_a_masked_name_keeps_one_character_and_the_length(name):
    masked = mask_name(name)
    assert masked[0] == name[0]
    assert set(masked[1:]) == {"*"}
    assert len(masked) == len(name)


@given(st.from_regex(r"1[3-9]\d{9}", fullmatch=True))
def test_a_masked_mobile_hides_four_digits(phone):
    assert mask_phone(phone).count("*") == 4
    assert mask_phone(phone) == phone[:3] + "****" + phone[7:]


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_no_protected_field_is_shown_as_if_it_were_another(field):
    """A mask that hides only a telephone's last four digits would print an illness nearly whole."""
    for secret in ("青霉素过敏，用制氧机", "4", "330106194105201234"):
        shown = masked_as(field, secret)
        assert shown != secret
        if field not in {"name", "phone", "address", "birth_date", "identity_number"}:
            assert shown == "●●●●"
    assert "19410520" not in masked_as("identity_number", "330106194105201234")
    assert masked_as("health", "") == ""
