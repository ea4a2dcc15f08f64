"""What a form says when a field has no words of its own: Django's sentences speak of fields and values."""

from __future__ import annotations

from django import forms
from django.core import validators
from django.utils.translation import gettext_lazy as _


def say_it_plainly() -> None:
    forms.Field.default_error_messages["required"] = _("这里还没有填。")
    forms.ChoiceField.default_error_messages["required"] = _("请选一个。")
    forms.MultipleChoiceField.default_error_messages["required"] = _("请至少选一个。")
    forms.FileField.default_error_messages["required"] = _("请选一个文件。")
    forms.BooleanField.default_error_messages = {"required": _("请先在这里打勾。")}
    validators.MinValueValidator.message = _("不能小于 %(limit_value)s。")
    validators.MaxValueValidator.message = _("不能大于 %(limit_value)s。")
