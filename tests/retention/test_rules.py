"""Everything has a rule, every rule is carried out, and what is published about it is what it does."""

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import models
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.privacy.purposes import all_purposes
from linli.foundation.privacy.retention.expiring import expiries, not_carried_out, path_to_resident
from linli.foundation.privacy.retention.rules import (
    ERASE,
    KEEP,
    WITH,
    all_rules,
    before,
    deciding,
    metric_rules,
    rule_of,
)
from linli.foundation.privacy.retention_words import kept_until
from linli.sense.telemetry.device_types import CATALOGUE


def test_every_table_has_a_rule():
    tables = {model._meta.label_lower: model._meta.label for model in apps.get_models(include_auto_created=True)}
    without = sorted(label for key, label in tables.items() if key not in all_rules())
    assert without == [], "give each a rule in foundation/privacy/retention/rules.toml; docs/retention.md says how"


def test_every_metric_has_a_rule():
    without = {
        key: sorted(kind.metrics.keys() - metric_rules()[key].metrics if key in metric_rules() else kind.metrics)
        for key, kind in CATALOGUE.items()
        if key not in metric_rules() or kind.metrics.keys() != metric_rules()[key].metrics
    }
    assert without == {}, "name each metric under [metrics.<device type>] in foundation/privacy/retention/rules.toml"


def test_only_what_exists_has_a_rule():
    tables = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    assert sorted({rule.table.partition(":")[0] for rule in all_rules().values()} - tables) == []
    assert metric_rules().keys() == CATALOGUE.keys()


def test_every_rule_that_acts_is_carried_out_by_its_app():
    assert not_carried_out(all_rules()) == [], "register each in its app's retention.py with expires(...)"
    assert sorted(expiries().keys() - {rule.table for rule in all_rules().values() if rule.acts}) == []


def test_what_goes_with_another_table_is_deleted_with_it_by_the_database():
    loose = []
    for rule in all_rules().values():
        if rule.then == WITH and rule.of != "telemetry.HotObservation":
            model, parent = apps.get_model(rule.table), apps.get_model(rule.of)
            if not any(
                field.related_model is parent and field.remote_field.on_delete is models.CASCADE
                for field in model._meta.fields
                if field.is_relation
            ):
                loose.append(rule.table)
    assert loose == []


def test_free_text_names_columns_that_hold_text():
    for rule in all_rules().values():
        columns = {field.name: field for field in apps.get_model(rule.table.partition(":")[0])._meta.fields}
        for name in rule.free_text:
            assert isinstance(columns[name], models.CharField | models.TextField), (rule.table, name)


def test_readings_in_a_home_stay_no_longer_than_the_purpose_that_was_agreed_to():
    for purpose in all_purposes().values():
        for kind in purpose.senses:
            term = metric_rules()[kind].home
            assert (term.then, term.months <= purpose.keep_months) == (ERASE, True), (purpose.key, kind)
        for kind in purpose.observes:
            assert metric_rules()[kind].shared.months <= purpose.keep_months, (purpose.key, kind)


def test_who_spoke_and_which_messages_went_stay_no_longer_than_their_purposes():
    purposes = all_purposes()
    assert rule_of("requests.Request:contact").months <= purposes["case_contact"].keep_months
    assert rule_of("notices.Notice").months <= purposes["matter_notice"].keep_months
    assert rule_of("care.Visit").months <= purposes["care_round"].keep_months
    assert rule_of("registry.Resident").months <= purposes["registry_upkeep"].keep_months


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_person_reads_how_long_each_table_is_kept(language):
    from django.utils import translation

    with translation.override(language):
        for rule in all_rules().values():
            if ":" not in rule.table:
                assert len(kept_until(rule.table)) > 5
        said = kept_until("notices.Notice")
    assert "12" in said
    assert (
        said
        == {"zh-hans": "发出以后留 12 个月，到时候删掉。", "en": "Kept for 12 months after sending, then deleted."}[
            language
        ]
    )


def test_a_table_without_a_rule_of_its_own_is_told_by_the_one_it_goes_with():
    assert kept_until("rights.CopyHandout") == kept_until("rights.RightsRequest")
    assert deciding("mfa.Authenticator").table == "accounts.Account"


def test_a_hold_finds_its_way_from_a_row_to_the_person():
    assert path_to_resident(apps.get_model("care.Visit")) == "round__resident"
    assert path_to_resident(apps.get_model("privacy.AccessRecord")) == "resident"
    assert path_to_resident(apps.get_model("registry.Street")) == ""


def test_the_last_of_a_month_stays_the_last_of_a_month():
    noon = datetime(2026, 3, 31, 4, tzinfo=UTC)
    assert before(noon, months=1).isoformat() == "2026-02-28T12:00:00+08:00"
    assert before(noon, months=25).isoformat() == "2024-02-29T12:00:00+08:00"
    assert before(noon, months=3, days=1).isoformat() == "2025-12-30T12:00:00+08:00"


@given(st.datetimes(datetime(2001, 1, 1), datetime(2099, 12, 31)), st.integers(0, 400))
def test_a_longer_term_never_ends_earlier(naive, months):
    moment = naive.replace(tzinfo=UTC)
    assert before(moment, months=months + 1) < before(moment, months=months) <= moment


def test_what_stays_says_why():
    assert all(rule.because for rule in all_rules().values() if rule.then == KEEP)
