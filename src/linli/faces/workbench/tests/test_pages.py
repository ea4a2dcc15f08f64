import pytest
from django.urls import reverse

from linli.act.casework.actions import perform, receive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

WORDS = "三楼到二楼楼道一直漏水，昨天半夜开始，地上滑得很"


def page(name, *args):
    return reverse(f"workbench:{name}", args=args)


def said(world, who="resident", words=WORDS, **more):
    with world.scope():
        return receive(words, actor=world.actor(who), **more)


@pytest.fixture
def worker(world, client):
    client.force_login(world.accounts["grid_worker"])
    return client


ALL = ["today", "today_part", "cases", "cases_export", "desk", "callers", "warnings", "map", "search"]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("who", ["grid_worker", "grid_lead", "community_worker", "community_director"])
def test_staff_open_every_page_in_both_languages(world, client, who, name):
    said(world)
    client.force_login(world.accounts[who])
    for language in ("zh-hans", "en"):
        type(world.accounts[who]).objects.update(language=language)
        assert client.get(page(name)).status_code == 200


@pytest.mark.parametrize(
    "name", ["today", "cases", "cases_export", "desk", "warnings", "map", "search", "quarantine", "troubles"]
)
@pytest.mark.parametrize("who", ["resident", "family_proxy", "wall_display"])
def test_the_workbench_is_for_staff(world, client, who, name):
    client.force_login(world.accounts[who])
    assert client.get(page(name)).status_code == 403


def test_a_stranger_is_asked_to_sign_in(world, client):
    assert client.get(page("today")).status_code == 302


@pytest.mark.parametrize(("name", "who", "status"), [
    ("quarantine", "community_worker", 200), ("quarantine", "grid_worker", 403),
    ("troubles", "community_director", 200), ("troubles", "community_worker", 403),
])  # fmt: skip
def test_what_concerns_the_whole_community_stays_with_its_staff(world, client, name, who, status):
    client.force_login(world.accounts[who])
    assert client.get(page(name)).status_code == status


@pytest.mark.parametrize("name", ["case", "sheet"])
def test_a_case_opens_for_its_grid_and_for_nobody_elses(world, other_world, client, name):
    case = said(world).case
    expected = {"grid_worker": 200, "community_director": 200, "other_grid_worker": 404}
    for who, status in expected.items():
        client.force_login(world.accounts[who])
        assert client.get(page(name, case.pk)).status_code == status, who
    for who in ("grid_worker", "community_director"):
        client.force_login(other_world.accounts[who])
        assert client.get(page(name, case.pk)).status_code == 404
        assert client.post(page("do", case.pk, "take"), {"version": 0}).status_code == 404


def test_the_words_that_led_to_category_and_level_are_marked_differently(world, worker):
    case = said(world, words="全楼停水了，水管也漏水").case
    body = worker.get(page("case", case.pk)).content.decode()
    assert '<mark class="urgent">全楼停</mark>' in body
    assert "<mark>" in body


def test_markup_in_somebodys_words_stays_words(world, worker):
    case = said(world, words="<script>alert(1)</script> 漏水").case
    body = worker.get(page("case", case.pk)).content.decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;" in body


def test_a_case_is_worked_through_by_its_buttons(world, client):
    case = said(world).case
    client.force_login(world.accounts["community_worker"])

    def do(verb, **given):
        case.refresh_from_db()
        answer = client.post(page("do", case.pk, verb), {"version": case.version, **given})
        assert answer.status_code == 302, answer.content.decode()
        with world.scope():
            case.refresh_from_db()

    with world.scope():
        if case.state == "submitted":
            do("accept")
        client.force_login(world.accounts["grid_worker"])
        do("take")
        do("start")
        do("contact", text="说好下午三点上门")
        do("feed_back", outcome="fixed", result="换了一段水管，试水两小时不漏")
    assert (case.state, case.handler_id) == ("evaluating", world.accounts["grid_worker"].pk)


def test_a_refused_form_keeps_what_was_written(world, worker):
    case = said(world, words="全楼停水").case
    answer = worker.post(
        page("do", case.pk, "feed_back"),
        {"version": case.version, "outcome": "", "result": "写了很久的一段话"},
    )
    assert answer.status_code == 422
    assert "写了很久的一段话" in answer.content.decode()


def test_the_second_of_two_who_take_a_case_reads_who_was_faster(world, client):
    case = said(world).case
    with world.scope():
        perform(case.pk, "accept", actor=world.actor("community_worker"))
        perform(case.pk, "take", actor=world.actor("grid_lead"))
        case.refresh_from_db()
    client.force_login(world.accounts["grid_worker"])
    answer = client.post(page("do", case.pk, "take"), {"version": case.version}, follow=True)
    assert "grid_lead 已经接了这件事" in answer.content.decode()


def test_only_verbs_of_the_state_table_are_offered(world, worker):
    case = said(world, words="全楼停水").case
    body = worker.get(page("case", case.pk)).content.decode()
    assert page("do", case.pk, "contact") in body
    assert page("do", case.pk, "suspend") not in body
    assert page("do", case.pk, "rate") not in body


def test_a_verb_that_people_may_not_send_is_not_found(world, worker):
    case = said(world).case
    assert worker.get(page("do", case.pk, "close")).status_code == 404


def test_a_number_is_masked_until_somebody_asks_and_then_leaves_a_record(world, worker):
    received = said(world)
    phone = world.phones["resident"]
    assert phone not in worker.get(page("case", received.case.pk)).content.decode()
    shown = worker.post(page("phone", received.case.pk, received.request.pk))
    assert phone in shown.content.decode()
    with world.scope():
        record = world.residents["resident"].access_records.get()
    assert (record.field, record.about) == ("phone", f"case:{received.case.pk}")


def test_a_number_of_another_grid_is_not_found(world, client):
    received = said(world)
    client.force_login(world.accounts["other_grid_worker"])
    assert client.post(page("phone", received.case.pk, received.request.pk)).status_code == 404
    with world.scope():
        assert not world.residents["resident"].access_records.exists()


def test_the_export_holds_what_the_actor_sees_and_no_formula(world, client):
    from io import BytesIO

    from openpyxl import load_workbook

    said(world, words="=1+1 楼道灯不亮")
    said(world, who="neighbour", words="垃圾没人清运")
    client.force_login(world.accounts["grid_worker"])
    rows = list(load_workbook(BytesIO(client.get(page("cases_export")).content)).active.values)
    assert len(rows) == 3
    assert rows[1][1].startswith("'=1+1")
    assert "专职网格员 grid_worker" in rows[2][0] and "请勿外传" in rows[2][0]
    client.force_login(world.accounts["community_director"])
    assert len(list(load_workbook(BytesIO(client.get(page("cases_export")).content)).active.values)) == 4


def test_a_caller_is_found_by_the_last_digits_and_shown_masked(world, client):
    client.force_login(world.accounts["community_worker"])
    elder = world.residents["elder"]
    body = client.get(page("callers"), {"q": world.phones["elder"][-4:]}).content.decode()
    assert f'value="{elder.pk}"' in body
    assert elder.name not in body
    assert world.phones["elder"] not in body


def test_a_call_becomes_one_case_however_often_it_is_sent(world, client):
    from linli.sense.requests.models import Request

    client.force_login(world.accounts["community_worker"])
    form = {
        "channel": "phone",
        "speaker": world.residents["elder"].pk,
        "words": "楼道灯不亮",
        "client_key": "k1",
    }
    first, second = (client.post(page("desk"), form) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first.url == second.url
    with world.scope():
        request = Request.objects.get()
    assert (request.channel, request.speaker_id) == ("phone", world.residents["elder"].pk)


def test_a_caller_outside_the_registry_is_written_down_too(world, client):
    from linli.sense.requests.models import Request

    client.force_login(world.accounts["community_worker"])
    form = {"channel": "desk", "words": "路灯不亮", "speaker_name": "过路人", "speaker_phone": "19900009999",
            "building": world.buildings[0].pk, "client_key": "k2"}  # fmt: skip
    assert client.post(page("desk"), form).status_code == 302
    with world.scope():
        request = Request.objects.get()
    assert (request.speaker_id, request.speaker_name, request.building_id) == (
        None,
        "过路人",
        world.buildings[0].pk,
    )


def test_words_are_kept_when_the_desk_form_is_refused(world, client):
    client.force_login(world.accounts["community_worker"])
    answer = client.post(page("desk"), {"channel": "nonsense", "words": "说了一大段"})
    assert answer.status_code == 422
    assert "说了一大段" in answer.content.decode()


def test_the_map_counts_only_what_the_actor_sees(world, client):
    said(world)
    said(world, who="neighbour", words="垃圾没人清运")
    client.force_login(world.accounts["grid_worker"])
    body = client.get(page("map")).content.decode()
    assert f"?building={world.buildings[0].pk}" in body
    assert f"?building={world.buildings[1].pk}" not in body
    assert client.get(page("map"), {"building": world.buildings[1].pk}).status_code == 404


def test_search_masks_people(world, client):
    client.force_login(world.accounts["community_worker"])
    body = client.get(page("search"), {"q": "孟"}).content.decode()
    assert "孟*" in body
    assert "孟广田" not in body


def test_sheet_prints_masked(world, worker):
    received = said(world)
    assert world.phones["resident"] not in worker.get(page("sheet", received.case.pk)).content.decode()


def test_the_course_of_a_case_speaks_to_whoever_reads_it(world, client):
    case = said(world).case
    with world.scope():
        perform(case.pk, "accept", actor=world.actor("community_director"))
        perform(case.pk, "take", actor=world.actor("grid_worker"))
    name = world.accounts["grid_worker"].display_name

    def course(who):
        client.force_login(world.accounts[who])
        return client.get(page("case", case.pk)).content.decode().partition("经过</h2>")[2].partition("</ol>")[0]

    assert "<small>您</small>" in course("grid_worker") and name not in course("grid_worker")
    assert name in course("grid_lead") and "<small>您</small>" not in course("grid_lead")


def test_a_long_list_of_today_begins_with_the_most_urgent_and_says_what_is_left_out(world, worker):
    for _n in range(32):
        said(world, words="垃圾桶满了")
    danger = said(world, words="我被困在电梯里了").case
    text = worker.get(page("today")).content.decode()
    assert "还有 33 件，做完 0 件" in text and "还有 3 件没列出来，全部列出" in text
    assert "前 29 件，共 32 件" in text and text.count('id="it-') == 30 and f'id="it-{danger.pk}"' in text
    everything = worker.get(page("today"), {"all": 1}).content.decode()
    assert everything.count('id="it-') == 33 and "没列出来" not in everything and "all=1" in everything
    warnings = worker.get(page("today"), {"kind": "warning"}).content.decode()
    assert "全部 33" in warnings and "今天没有待办" in warnings
