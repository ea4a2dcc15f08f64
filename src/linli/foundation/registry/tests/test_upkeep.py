"""What the register holds that hurts most is told to the person, corrected on request, and seen by who keeps it right."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.errors import Invalid, NotAllowed
from linli.foundation.privacy.door import reveal
from linli.foundation.privacy.holdings import held_about
from linli.foundation.privacy.looking import looks_of, told
from linli.foundation.privacy.rights import actions
from linli.foundation.privacy.rights.actions.asking import Asked
from linli.foundation.privacy.rights.models import RightsRequest
from linli.foundation.privacy.rights.wording import asked_words, entries_of
from linli.foundation.registry.models import Resident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

NUMBER, OTHER = "330106194105201238", "330106194105201254"


@pytest.fixture
def elder(world):
    with world.scope():
        elder = world.residents["elder"]
        elder.identity_number, elder.care_grade, elder.health_note = NUMBER, "2", "青霉素过敏"
        elder.save()
        yield elder


def test_the_person_sees_that_it_is_held_and_the_copy_holds_it_whole(world, elder):
    entry = next(one for one in held_about(elder, world.actor("elder")) if one.key == "registry")
    assert NUMBER not in str(entry.facts)
    assert "330***********1238" in dict(entry.facts).values()
    assert {"2", "青霉素过敏"} <= set(dict(entry.facts).values())
    [row] = entry.rows()
    assert (row["identity_number"], row["care_grade"], row["health"]) == (NUMBER, "2", "青霉素过敏")


def test_the_director_sees_a_number_to_put_it_right_and_the_person_reads_why(world, elder):
    about = f"resident:{elder.pk}"
    director = world.actor("community_director")
    assert reveal(elder, "identity_number", "registry_upkeep", about, actor=director) == NUMBER
    [look] = told(looks_of(elder), elder)
    assert "身份证号" in look.sentence
    assert "核对名册里的您" in look.sentence


@pytest.mark.parametrize(("who", "refusal"), [("grid_worker", NotAllowed), ("elder", NotAllowed)])
def test_nobody_else_does(world, elder, who, refusal):
    with pytest.raises(refusal):
        reveal(elder, "identity_number", "registry_upkeep", f"resident:{elder.pk}", actor=world.actor(who))


def test_one_persons_entry_is_no_pretext_for_another(world, elder):
    other = world.residents["neighbour"]
    with pytest.raises(Invalid) as refused:
        reveal(elder, "phone", "registry_upkeep", f"resident:{other.pk}", actor=world.actor("community_director"))
    assert refused.value.code == "about_somebody_else"


def test_work_that_ended_longer_ago_than_the_purpose_keeps_is_no_reason_any_more(world, elder):
    asked = actions.ask(elder, Asked("explanation", words="为什么"), actor=world.actor("elder"))
    dpo = world.actor("dpo")
    actions.take(asked.pk, actor=dpo)
    actions.answer(asked.pk, "这样", actor=dpo)
    about = f"rights:{asked.pk}"
    assert reveal(elder, "care_grade", "rights_request", about, actor=dpo) == "2"
    RightsRequest.objects.filter(pk=asked.pk).update(ended_at=clock.now() - timedelta(days=36 * 31 + 1))
    with pytest.raises(Invalid) as refused:
        reveal(elder, "care_grade", "rights_request", about, actor=dpo)
    assert refused.value.code == "term_over"


@pytest.mark.parametrize(
    ("field", "wanted", "kept", "shown"),
    [
        ("identity_number", f" {OTHER[:6]} {OTHER[6:14]} {OTHER[14:]} ", OTHER, "330***********1254"),
        ("care_grade", "3", "3", "●●●●"),
        ("health", "花生过敏", "花生过敏", "●●●●"),
    ],
)
def test_it_is_corrected_and_the_course_shows_it_masked(world, elder, field, wanted, kept, shown):
    asked = actions.ask(elder, Asked("correction", field=field, wanted=wanted), actor=world.actor("elder"))
    if field == "identity_number":
        assert OTHER not in " ".join(asked_words(asked))
    dpo = world.actor("dpo")
    actions.take(asked.pk, actor=dpo)
    done = actions.correct(asked.pk, actor=dpo)
    column = {"health": "health_note"}.get(field, field)
    assert getattr(Resident.objects.get(pk=elder.pk), column).matches(kept)
    assert done.after == shown
    assert done.before != done.after or shown == "●●●●"
    assert kept not in entries_of(done)[0].sentence


@pytest.mark.parametrize(
    ("field", "wanted", "code"),
    [
        ("identity_number", NUMBER[:17] + "1", "bad_identity_number"),
        ("care_grade", "5", "bad_care_grade"),
        ("health", "长" * 201, "too_long"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_typed(world, elder, field, wanted, code):
    with pytest.raises(Invalid) as refused:
        actions.ask(elder, Asked("correction", field=field, wanted=wanted), actor=world.actor("elder"))
    assert (refused.value.code, refused.value.field) == (code, "wanted")
    assert wanted not in str(refused.value)
