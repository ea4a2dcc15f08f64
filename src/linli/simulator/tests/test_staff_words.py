"""What the simulated staff say fits the kind of trouble: nobody cleans away a trapped rider."""

from random import Random

import pytest

from linli.simulator.people.words import done_words, work_words
from linli.understand.triage.taxonomy import shipped

OF_ONE_KIND = {
    "清理|清走|保洁|冲过": ("0401", "0402", "0400", "0406", "1602"),
    "维修师傅|零件|试了两次|师傅在": ("05", "0700", "0702", "0703"),
    "救|别扒门|受伤": ("0701",),
    "双方|调解": ("03",),
    "消杀|饵剂": ("0404",),
    "枝|绿化": ("0403",),
    "气味|油烟": ("0405",),
    "老人|家属|本人，人没事": ("10",),
    "险情|离远一点": ("01", "02", "18"),
    "扶手": ("1004",),
    "劝过|答应马上改": ("08", "09", "15", "16"),
}
"""Words that only these categories may hear, by the beginnings of their codes."""


@pytest.mark.parametrize("code", sorted(shipped()))
def test_no_category_hears_the_words_of_another(code):
    said = {say(code, Random(n)) for n in range(60) for say in (done_words, work_words)}
    assert all(line.endswith("。") for line in said)
    for words, theirs in OF_ONE_KIND.items():
        if not code.startswith(theirs):
            wrong = [line for line in said for word in words.split("|") if word in line]
            assert not wrong, (code, words)


def test_a_trapped_rider_is_got_out_and_rubbish_is_cleaned_away():
    assert all("人" in done_words("070100", Random(n)) for n in range(30))
    assert all("清" in done_words("040100", Random(n)) for n in range(30))
