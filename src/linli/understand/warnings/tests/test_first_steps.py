"""Every danger to life names its first steps and whom to telephone; whoever may not know what it is, reads the general ones."""

import tomllib
from importlib.resources import files

import pytest
from django.utils import translation

from linli.understand.warnings.first_steps import first_steps, steps_of
from linli.understand.warnings.shipped import shipped_rules

P0 = sorted(key for key, rule in shipped_rules().items() if rule.configured.level == "P0")


def tables():
    return tomllib.loads(files("linli.understand.warnings").joinpath("first_steps.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", P0)
def test_every_p0_has_steps_of_its_own_short_and_in_both_languages(kind):
    found, general = first_steps(kind, "P0", seen=True), first_steps("", "P0", seen=True)
    assert found is not None and found != general
    assert 2 <= len(found.steps) <= 5 and found.call
    assert all(len(step.zh) <= 40 and step.en for step in found.steps)


def test_whom_to_call():
    def digits(kind):
        return [number.digits for number in first_steps(kind, "P0", seen=True).call]

    assert digits("trapped")[0] == "96333" and "119" in digits("trapped")
    assert digits("smoke")[0] == digits("gas_leak")[0] == "119"
    assert digits("sos")[0] == digits("fall")[0] == "120"
    with translation.override("en"):
        assert str(first_steps("smoke", "P0", seen=True).call[0].name) == "Fire and rescue"


def test_who_may_not_know_what_it_is_reads_what_holds_for_everything_and_p1_has_none():
    assert first_steps("fall", "P0", seen=False) == first_steps("nothing known", "P0", seen=True)
    assert first_steps("no_water", "P1", seen=True) is None


@pytest.mark.parametrize(
    ("entry", "change"),
    [("smoke", {"rules": ["nothing"]}), ("smoke", {"rules": ["no_water"]}), ("smoke", {"rules": ["trapped"]}),
     ("fall", {"call": ["12345"]})],
)  # fmt: skip
def test_a_file_that_contradicts_itself_is_refused(entry, change):
    read = tables()
    read["steps"][entry] |= change
    with pytest.raises(ValueError, match=r"first_steps\.toml"):
        steps_of(read)
