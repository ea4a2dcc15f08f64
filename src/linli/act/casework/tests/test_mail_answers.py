"""An answer by e-mail lands in its case; a stranger's, a machine's and a forged one do not."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from linli.act.casework import actions
from linli.act.casework.actions import accept, ask_resident, feed_back, start, take
from linli.act.casework.models import Case, State
from linli.act.casework.queries import case_page, load_case
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.dispatching import drain
from linli.foundation.notices.tests.posting import MailServer, use
from linli.sense.intake import letters
from linli.sense.intake.actions import confirm
from linli.sense.intake.mail import bring_letter
from linli.sense.intake.models import Arrival, Correspondence, Letter
from linli.sense.intake.models import State as Arrived
from linli.sense.intake.store import content_of
from linli.sense.requests.models import Request
from linli.sense.requests.retention import deidentify, forget_contact

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday_morning", "home")]


@pytest.fixture
def home(settings, tmp_path):
    settings.LINLI_HOME = tmp_path


@pytest.fixture
def post(settings):
    server = MailServer()
    use(settings, server)
    yield server
    server.close()


def mail(words, *, sender="fang@example.org", subject="Re: 路灯", key="<2@x>", to="", **headers) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"方晓 <{sender}>", "community@example.org", subject
    message["Message-ID"] = key
    if to:
        message["In-Reply-To"] = to
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(words)
    return bytes(message)


def arrive(world, raw):
    arrival = bring_letter(raw, actor=Actor.for_system("mail", world.community.pk))
    drain()
    return arrival


def deliver():
    Letter.objects.update(try_after=clock.real_now())
    letters.deliver_due()


@pytest.fixture
def written(world, post):
    """Somebody wrote by e-mail, staff filed it, and what was written back has left; (case, the mail that left)."""
    with world.scope():
        first = arrive(world, mail("1幢楼道灯不亮", subject="路灯", key="<1@x>"))
        confirm(first.pk, "1幢楼道灯不亮", actor=world.actor("community_worker"))
        drain()
        deliver()
        yield Case.objects.get(), post.got[0]


def worked_on(world, case):
    worker = world.actor("community_worker")
    for step in (accept, take, start):
        step(case.pk, actor=worker)


def test_whoever_wrote_by_mail_is_answered_by_mail(written, post):
    case, answer = written
    assert post.to[0] == "fang@example.org"
    assert answer["Subject"] == f"Re: 路灯 [{case.number}]"
    assert answer["In-Reply-To"] == "<1@x>" and answer["Auto-Submitted"] == "auto-generated"
    assert case.number in answer.get_content() and "直接回这封邮件" in answer.get_content()
    assert Letter.objects.get().text == ""
    assert b"fang" not in bytes(Correspondence.objects.get().address)


def test_an_answer_is_the_speakers_word_without_what_it_quotes(world, written):
    case, answer = written
    quoted = "还是不亮\n\n枫杨里社区 <community@example.org> 于2026年3月2日周一 09:00写道：\n> 收到了"
    arrival = arrive(world, mail(quoted, to=answer["Message-ID"]))
    entry = case.entries.get(verb="say_more")
    assert (entry.text, entry.data["channel"]) == ("还是不亮", "mail")
    arrival.refresh_from_db()
    assert arrival.state == Arrived.FILED and not arrival.content
    assert Request.objects.count() == 1 and Case.objects.count() == 1


def test_the_number_in_the_subject_is_enough_from_the_same_address(world, written):
    case, _answer = written
    arrive(world, mail("还是不亮", subject=f"回复：路灯 [{case.number}]", sender="Fang@Example.org"))
    assert case.entries.filter(verb="say_more", text="还是不亮").exists()


@pytest.mark.parametrize("how", ["number", "reference", "both"])
def test_a_stranger_reaches_no_case(world, written, how):
    case, answer = written
    arrival = arrive(
        world,
        mail(
            "不用修了，撤了吧",
            sender="other@example.org",
            subject=f"Re: [{case.number}]" if how != "reference" else "Re: 路灯",
            to=answer["Message-ID"] if how != "number" else "",
        ),
    )
    assert not case.entries.filter(verb="say_more").exists()
    assert arrival.state == Arrived.WAITING and content_of(arrival).answers == 0


@pytest.mark.parametrize(
    "verdict", ["mx.example.org; dmarc=fail header.from=example.org", "mx; spf=fail", "mx; dkim=fail"]
)
def test_a_forged_sender_reaches_no_case(world, written, verdict):
    case, answer = written
    arrival = arrive(world, mail("撤了吧", to=answer["Message-ID"], Authentication_Results=verdict))
    assert not case.entries.filter(verb="say_more").exists()
    assert arrival.state == Arrived.WAITING


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"X_Autoreply": "yes"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"subject": "自动回复: 路灯"},
        {"subject": "Automatic reply: lamp"},
        {"sender": "community@example.org"},
        {"sender": "mailer-daemon@example.org"},
    ],
    ids=str,
)
def test_machines_are_not_answered_and_not_heard(world, written, headers):
    case, answer = written
    assert arrive(world, mail("我外出了，回来再看", to=answer["Message-ID"], **headers)) is None
    assert not case.entries.filter(verb="say_more").exists()


def test_the_same_answer_twice_is_one(world, written):
    case, answer = written
    for _ in range(2):
        arrive(world, mail("还是不亮", to=answer["Message-ID"]))
    assert case.entries.filter(verb="say_more").count() == 1


def test_what_was_asked_is_answered_and_the_clock_runs_again(world, written):
    case, answer = written
    worked_on(world, case)
    ask_resident(case.pk, text="几楼的灯？", actor=world.actor("community_worker"))
    arrive(world, mail("三楼的", to=answer["Message-ID"]))
    case.refresh_from_db()
    assert (case.state, case.paused_at) == (State.IN_PROGRESS, None)
    assert case.entries.get(verb="answer").text == "三楼的"


def test_a_word_after_the_end_reaches_a_person(world, written):
    case, answer = written
    worked_on(world, case)
    feed_back(case.pk, outcome="fixed", result="换了灯", actor=world.actor("community_worker"))
    arrive(world, mail("又不亮了", to=answer["Message-ID"]))
    case.refresh_from_db()
    assert case.word_at == clock.now()


def test_danger_in_an_answer_raises_the_case(world, written):
    case, answer = written
    arrive(world, mail("灯座冒烟了，着火了", to=answer["Message-ID"]))
    case.refresh_from_db()
    assert case.level == "P0" and case.handler is not None


def test_an_answer_to_a_case_that_takes_no_more_waits_for_a_person(world, written):
    case, answer = written
    actions.reject(case.pk, reason_code="no_facts", reason="说不清", actor=world.actor("community_worker"))
    arrival = arrive(world, mail("是三楼", to=answer["Message-ID"]))
    arrival.refresh_from_db()
    assert arrival.state == Arrived.WAITING and content_of(arrival).case == case.number


def test_two_machines_do_not_talk_for_ever(world, written):
    case, answer = written
    for n in range(25):
        arrive(world, mail(f"第 {n} 封", key=f"<loop{n}@x>", to=answer["Message-ID"]))
    assert case.entries.filter(verb="say_more").count() == 19
    assert Arrival.objects.filter(state=Arrived.WAITING).count() == 6


def test_another_communitys_token_and_number_are_unknown_here(world, other_world, written):
    case, answer = written
    with other_world.scope():
        arrival = arrive(other_world, mail("还是不亮", subject=f"[{case.number}]", to=answer["Message-ID"]))
        assert arrival.state == Arrived.WAITING and content_of(arrival).answers == 0


def test_a_mail_server_that_refuses_is_tried_again_and_shown(world, post):
    post.refusing = 451
    with world.scope():
        first = arrive(world, mail("1幢楼道灯不亮", subject="路灯", key="<1@x>"))
        confirm(first.pk, "1幢楼道灯不亮", actor=world.actor("community_worker"))
        drain()
        for _ in range(letters.MAX_ATTEMPTS):
            deliver()
        letter = Letter.objects.get()
        assert (letter.state, letter.attempts) == ("failed", letters.MAX_ATTEMPTS)
        assert letter.last_error.startswith("smtp")
        director = world.actor("community_director")
        (reporter,) = case_page(load_case(Case.objects.get().pk, actor=director), director).reporters
        assert reporter.not_arrived == 1


def test_whatever_else_goes_wrong_with_a_letter_is_seen_and_given_up_and_holds_up_no_other(world, written, settings):
    case, _mail = written
    letters.write(Request.objects.get(), "一", number=case.number, key="one")
    letters.write(Request.objects.get(), "二", number=case.number, key="two")
    settings.LINLI_SMTP_HOST = ""
    deliver()
    assert set(Letter.objects.filter(state="queued").values_list("attempts", "last_error")) == {
        (1, "ImproperlyConfigured")
    }
    for _ in range(letters.MAX_ATTEMPTS):
        deliver()
    assert list(Letter.objects.filter(key__in=["one", "two"]).values_list("state", flat=True)) == ["failed", "failed"]
    director = world.actor("community_director")
    (reporter,) = case_page(load_case(case.pk, actor=director), director).reporters
    assert reporter.not_arrived == 2


@pytest.mark.parametrize("forget", [forget_contact, deidentify])
def test_where_somebody_is_written_to_goes_with_who_said_it(written, forget):
    forget(Request.objects.all())
    assert not Correspondence.objects.exists() and not Letter.objects.exists()


def test_a_mail_server_that_lets_us_wait_holds_the_worker_up_once_a_minute_and_not_for_every_letter(
    world, written, settings, monkeypatch
):
    case, _mail = written
    letters.write(Request.objects.get(), "一", number=case.number, key="one")
    letters.write(Request.objects.get(), "二", number=case.number, key="two")
    settings.LINLI_SMTP_PORT = 1
    monkeypatch.setattr(letters, "LONGEST_WAIT", timedelta(seconds=-1))
    Letter.objects.filter(state="queued").update(try_after=clock.real_now())
    assert letters.deliver_due() == 0 and letters.deliver_due() == 0
    assert sorted(Letter.objects.filter(state="queued").values_list("attempts", flat=True)) == [0, 1]
