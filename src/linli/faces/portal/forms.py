"""What residents write. Errors say what is wrong and how to mend it; nothing typed is ever lost."""

from __future__ import annotations

import uuid
from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from linli.act.casework.models import Complaint, Rating
from linli.faces.kit.numbers import whole

PHOTOS_AT_MOST = 4
WORDS_AT_MOST = 2000


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several photos in one field, each checked as its own file; their content is checked when they are stored."""

    widget = ManyFiles

    def clean(self, data, initial=None):
        files = [f for f in (data or []) if f] if isinstance(data, list | tuple) else [data] if data else []
        return [super(PhotosField, self).clean(f, initial) for f in files]


class PlaceKind:
    HOME = "home"
    FACILITY = "facility"
    BUILDING = "building"
    PIN = "pin"
    PHOTO = "photo"
    CHOICES = [
        (HOME, _("我家，或我家门口")),
        (FACILITY, _("公共的东西：电梯、路灯、大门")),
        (BUILDING, _("别的楼")),
        (PIN, _("在图上点一下")),
    ]
    IN_PHOTO = (PHOTO, _("就在拍照的地方（读一下照片里的位置，读完就去掉）"))
    """Choosing it is the consent to read it."""


def photo_ids_in(text: str) -> list[int]:
    """Numbers between commas; anything else is left out."""
    return [number for part in text.split(",") if (number := whole(part.strip())) is not None]


class ReportForm(forms.Form):
    """A request in the resident's own words, written or spoken, or a photo that says enough.

    ``photo_ids`` and ``voice_id`` were stored by an earlier step or a failed try.
    """

    words = forms.CharField(
        label=_("什么事？"),
        max_length=WORDS_AT_MOST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        error_messages={
            "max_length": _("写得太长了，最多 2000 个字。请留下最要紧的。"),
        },
    )
    photos = PhotosField(label=_("拍一张"), required=False)
    photo_ids = forms.CharField(required=False, widget=forms.HiddenInput)
    voice = forms.FileField(label=_("语音"), required=False, allow_empty_file=True)
    voice_id = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    place = forms.ChoiceField(label=_("在哪里？"), choices=PlaceKind.CHOICES, widget=forms.RadioSelect)
    facility = forms.ModelChoiceField(label=_("哪一个？"), queryset=None, required=False, empty_label=_("请选一个"))
    building = forms.ModelChoiceField(label=_("哪一幢？"), queryset=None, required=False, empty_label=_("请选一幢"))
    x = forms.FloatField(required=False, widget=forms.HiddenInput)
    y = forms.FloatField(required=False, widget=forms.HiddenInput)
    client_key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args, facilities, buildings, has_home: bool, places_photos: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["facility"]).queryset = facilities
        cast(forms.ModelChoiceField, self.fields["building"]).queryset = self._buildings = buildings
        if not has_home:
            cast(forms.ChoiceField, self.fields["place"]).choices = PlaceKind.CHOICES[1:]
        if places_photos:
            choice = cast(forms.ChoiceField, self.fields["place"])
            choice.choices = [*cast(list, choice.choices), PlaceKind.IN_PHOTO]
        self._unkept: list[tuple[str, str]] = []
        self._refused: list[tuple[str, str]] = []
        if not self.is_bound:
            self.initial.setdefault("client_key", uuid.uuid4().hex)
            self.initial.setdefault("place", PlaceKind.HOME if has_home else PlaceKind.FACILITY)

    @property
    def places(self) -> list[str]:
        """Which kinds of place may be chosen, the usual one first."""
        return [kind for kind, _words in cast(list, cast(forms.ChoiceField, self.fields["place"]).choices)]

    @property
    def buildings(self) -> list:
        return list(self._buildings)

    def set_field(self, name: str, value: str) -> None:
        """Fill in what the person did not type; only for a form made from a copy of what was sent."""
        cast(QueryDict, self.data)[name] = value

    def not_kept(self, field: str, why: str) -> None:
        """A file that was sent and not taken. Said before the form is checked, which waits until every file is stored."""
        self._unkept.append((field, why))

    def refuse(self, field: str | None, why: str) -> None:
        """What the action did not take of a form that was right."""
        self._refused.append((field if field in self.fields else "", why))
        self.add_error(field if field in self.fields else None, why)

    @property
    def said(self) -> list[tuple[str, str]]:
        """What was said of it that its fields alone do not tell."""
        return [*self._unkept, *self._refused]

    def clean_photo_ids(self) -> list[int]:
        return photo_ids_in(self.cleaned_data["photo_ids"])

    def clean(self) -> dict:
        super().clean()
        given = self.cleaned_data
        kind = given.get("place")
        for field, why in self._unkept:
            self.add_error(field or None, why)
        nothing = not given.get("words") and not given.get("photo_ids") and not given.get("voice_id")
        if nothing and not set(self.errors) & {"words", "voice", "photos"}:
            self.add_error("words", _("还没有写是什么事。写一句就行，比如：楼道灯不亮。"))
        if kind == PlaceKind.FACILITY and not given.get("facility") and "facility" not in self.errors:
            self.add_error("facility", _("请选是哪一个，找不到就选“别的楼”。"))
        if kind == PlaceKind.BUILDING and not given.get("building") and "building" not in self.errors:
            self.add_error("building", _("请选是哪一幢楼。"))
        if kind == PlaceKind.PIN and (given.get("x") is None or given.get("y") is None):
            self.add_error("place", _("还没有在图上点位置。点一下图，或者改选一幢楼。"))
        if kind == PlaceKind.PHOTO and (given.get("x") is None or given.get("y") is None):
            self.add_error("place", _("照片里没有位置，或者不在本社区。请改选一幢楼，或者在图上点一下。"))
        if len(given.get("photo_ids") or []) > PHOTOS_AT_MOST:
            self.add_error("photos", _("最多 4 张照片，请去掉几张。"))
        return given

    @property
    def place_given(self) -> dict:
        """The place in the words of the request action: exactly one kind of it."""
        given = self.cleaned_data
        match given["place"]:
            case PlaceKind.FACILITY:
                return {"facility": given["facility"]}
            case PlaceKind.BUILDING:
                return {"building": given["building"]}
            case PlaceKind.PIN | PlaceKind.PHOTO:
                return {"x": given["x"], "y": given["y"]}
        return {}


class RatingForm(forms.Form):
    """Starts empty: nobody is nudged towards an answer."""

    solved = forms.TypedChoiceField(
        label=_("办好了吗？"),
        choices=[("yes", _("办好了")), ("no", _("还没有"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": _("请先选一个：办好了，还是还没有。")},
    )
    satisfaction = forms.TypedChoiceField(
        label=_("您满意吗？"),
        choices=list(reversed(Rating.Satisfaction.choices)),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("请点一张脸，告诉我们满意不满意。")},
    )
    reasons = forms.MultipleChoiceField(
        label=_("哪里不满意？"), choices=Complaint.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(
        label=_("想说两句？"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class WordForm(forms.Form):
    words = forms.CharField(
        label=_("补充一句"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("还没有写。写一句就行。")},
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("为什么撤回？"),
        max_length=200,
        widget=forms.TextInput(),
        error_messages={"required": _("请写一句，比如：已经自己修好了。")},
    )
