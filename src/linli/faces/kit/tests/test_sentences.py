"""A form speaks to people, also where nobody wrote a sentence for the field."""

from django import forms


class Anything(forms.Form):
    words = forms.CharField()
    sure = forms.BooleanField()
    kind = forms.ChoiceField(choices=[("a", "a")])
    people = forms.IntegerField(min_value=1, max_value=9)
    own = forms.CharField(error_messages={"required": "请写一句。"})


def test_what_is_missing_or_out_of_bounds_is_said_plainly():
    assert Anything({"people": "0"}).errors == {
        "words": ["这里还没有填。"],
        "sure": ["请先在这里打勾。"],
        "kind": ["请选一个。"],
        "people": ["不能小于 1。"],
        "own": ["请写一句。"],
    }
    assert Anything({"people": "10"}).errors["people"] == ["不能大于 9。"]


def test_english_stays_english(settings):
    from django.utils.translation import override

    with override("en"):
        assert Anything({"people": "0"}).errors["words"] == ["Please fill this in."]
