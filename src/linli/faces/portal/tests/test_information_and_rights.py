"""The portal's pages about one's own information: what each says while things are under way, empty, or not allowed."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from linli.faces.portal.pages.rights import CHECKED_AT
from linli.foundation import clock
from linli.foundation.accounts.models import ProxyAuthority
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.rights.actions import ask, build, refuse, take
from linli.foundation.privacy.rights.actions.asking import Asked
from linli.foundation.privacy.rights.models import DataCopy, RefusalReason, RightsRequest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def elder(world, client):
    cache.clear()
    client.force_login(world.accounts["elder"], backend="django.contrib.auth.backends.ModelBackend")
    return client


def asked(world, what):
    with world.scope():
        return ask(world.residents["elder"], what, actor=world.actor("elder"))


def text(answer, status=200):
    assert answer.status_code == status, answer.content[:500]
    return answer.content.decode()


def test_everything_held_is_told_with_where_from_what_for_and_how_long(elder):
    body = text(elder.get("/portal/me/information/"))
    for words in ("孟广田", "199****0000", "从哪里来", "拿来做什么", "留到什么时候", "family_proxy", "您的登录"):
        assert words in body
    assert "19900010000" not in body


def test_while_a_copy_is_made_the_page_shows_how_far_and_asks_again(world, elder):
    request = asked(world, Asked("copy"))
    with world.scope():
        DataCopy.objects.update(percent=40)
    body = text(elder.get(f"/portal/me/rights/{request.pk}/"))
    assert 'aria-valuenow="40"' in body and 'hx-trigger="every 2s"' in body
    with world.scope():
        build(request.copy.pk)
    body = text(elder.get(f"/portal/me/rights/{request.pk}/"))
    assert "给我发验证码" in body and "every 2s" not in body


def test_a_link_without_a_fresh_code_gives_nothing_and_one_shown_too_long_ago_neither(world, elder):
    request = asked(world, Asked("copy"))
    with world.scope():
        build(request.copy.pk)
    address = f"/portal/me/rights/{request.pk}/copy/file/"
    assert elder.get(address).status_code == 302
    session = elder.session
    for age, status in ((601, 302), (599, 200)):
        session[CHECKED_AT] = clock.real_now().timestamp() - age
        session.save()
        assert elder.get(address).status_code == status
    assert text(elder.get(f"/portal/me/rights/{request.pk}/")).count("下载了整份文件") == 1


def test_whoever_gets_the_link_signs_in_and_still_gets_nothing(world, elder, client):
    request = asked(world, Asked("copy"))
    with world.scope():
        build(request.copy.pk)
    address = f"/portal/me/rights/{request.pk}/copy/file/"
    client.logout()
    assert "/sign-in" in client.get(address).headers["Location"]
    client.force_login(world.accounts["neighbour"], backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[CHECKED_AT] = clock.real_now().timestamp()
    session.save()
    assert client.get(address).status_code == 404


def test_a_refusal_says_why_and_where_to_complain(world, elder):
    request = asked(world, Asked("deletion"))
    with world.scope():
        take(request.pk, actor=world.actor("dpo"))
        refuse(request.pk, RefusalReason.KEEP_BY_LAW, "您报的事还没办完。", actor=world.actor("dpo"))
    body = text(elder.get(f"/portal/me/rights/{request.pk}/"))
    for words in ("法律要求这段时间还要留着", "您报的事还没办完", "12345", "12377", "法院"):
        assert words in body


def test_a_proxy_whose_authority_does_not_cover_it_is_told_so_and_offered_nothing(world, client):
    ProxyAuthority.objects.update(scopes=["requests"])
    client.force_login(world.accounts["family_proxy"], backend="django.contrib.auth.backends.ModelBackend")
    assert "/portal/me/information/" not in text(client.get("/portal/me/"))
    for page in ("information", "looks", "rights", "rights/new/copy"):
        assert "您替人办的事里，没有这一项" in text(client.get(f"/portal/me/{page}/"), 403)


def test_a_proxy_for_privacy_sees_it_and_the_person_sees_that(world, client):
    ProxyAuthority.objects.update(scopes=["privacy"])
    client.force_login(world.accounts["family_proxy"], backend="django.contrib.auth.backends.ModelBackend")
    text(client.get("/portal/me/information/"))
    client.force_login(world.accounts["elder"], backend="django.contrib.auth.backends.ModelBackend")
    assert "代办人 family_proxy" in text(client.get("/portal/me/looks/"))


def test_a_proxy_leaves_a_line_also_when_its_browser_says_that_the_page_asked_by_itself(world, client):
    ProxyAuthority.objects.update(scopes=["privacy"])
    client.force_login(world.accounts["family_proxy"], backend="django.contrib.auth.backends.ModelBackend")
    text(client.get("/portal/me/looks/", headers={"HX-Request": "true"}))
    with world.scope():
        [line] = AccessRecord.objects.filter(resident=world.residents["elder"])
    assert (line.field, line.reader) == ("looks", "代办人 family_proxy")


def test_a_reader_of_english_is_told_roles_in_english(world, elder):
    with world.scope():
        AccessRecord.objects.create(
            resident=world.residents["elder"],
            reader="专职网格员 甲",
            field="phone",
            purpose="case_contact",
            at=clock.now(),
        )
    world.accounts["elder"].language = "en"
    world.accounts["elder"].save()
    body = text(elder.get("/portal/me/looks/"))
    assert "Grid worker 甲" in body


def test_looks_are_narrowed_by_person_and_field_and_leafed_through(world, elder):
    with world.scope():
        for n in range(55):
            AccessRecord.objects.create(
                resident=world.residents["elder"], reader=f"专职网格员 {'甲' if n % 2 else '乙'}", field="phone" if n % 5 else "name",
                purpose="case_contact", at=clock.now() - timedelta(hours=n),
            )  # fmt: skip
    first = text(elder.get("/portal/me/looks/"))
    assert first.count("p-look") == 50 and "1 / 2" in first
    assert text(elder.get("/portal/me/looks/?page=2")).count("p-look") == 5
    narrowed = text(elder.get("/portal/me/looks/", {"who": "专职网格员 甲", "field": "name"}))
    assert narrowed.count("p-look") == 5
    assert "没有这样的记录" in text(elder.get("/portal/me/looks/", {"who": "谁也不是"}))


def test_the_same_form_sent_twice_is_one_request(elder):
    given = {"words": "不想要了", "client_key": "k1"}
    first = elder.post("/portal/me/rights/new/deletion/", given)
    second = elder.post("/portal/me/rights/new/deletion/", given)
    assert first.headers["Location"] == second.headers["Location"]


def test_the_day_on_which_it_is_due_is_told_with_how_it_was_reckoned(world, elder):
    request = asked(world, Asked("deletion"))
    body = text(elder.get(f"/portal/me/rights/{request.pk}/"))
    assert "最晚 3 月 23 日 24:00 答复" in body and "15 个工作日" in body
    with world.scope():
        assert timezone.localtime(RightsRequest.objects.get().due_at).day == 24
