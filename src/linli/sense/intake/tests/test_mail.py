"""E-mail: what is quoted is cut, each message is one arrival, a machine's answer is none, and a stranger breaks nothing."""

import mailbox
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sweep.objects import picture

from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import community_scope
from linli.sense.intake import mail
from linli.sense.intake.actions import confirm
from linli.sense.intake.mail import bring_letter, read_letter, said_in
from linli.sense.intake.models import Arrival
from linli.sense.intake.store import content_of
from linli.sense.intake.tasks import fetch_mail
from linli.sense.requests.models import Request

pytestmark = pytest.mark.usefixtures("monday_morning")


def letter(words="1幢楼道灯不亮，打我 13900001234", subject="路灯", key="<1@x>", **headers) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "方晓 <fang@example.org>", "community@example.org"
    message["Subject"], message["Message-ID"] = subject, key
    message["Date"] = "Sun, 01 Mar 2026 08:12:00 +0800"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(words)
    return message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("灯还没修\n\n在 2026年3月1日，社区 <a@b> 写道：\n> 已派人", "灯还没修"),
        ("灯还没修\n------------------ 原始邮件 ------------------\n发件人: 社区", "灯还没修"),
        ("Still dark\nOn Mon, 2 Mar 2026 at 9:00, X <a@b> wrote:\n> done", "Still dark"),
        ("灯还没修\n\n发自我的iPhone", "灯还没修"),
        ("灯还没修\n-- \n方晓\n13900001234", "灯还没修"),
        ("在三楼写道具的字掉了", "在三楼写道具的字掉了"),
    ],
)
def test_what_is_quoted_and_signed_is_cut(text, said):
    assert said_in(text) == said


def test_html_is_read_as_words_and_a_case_number_is_seen():
    message = letter(subject="回复：EV-260301-012 路灯")
    message.clear_content()
    message.set_content("<style>p{}</style><p>还是<b>不亮</b></p><blockquote>已派人</blockquote>", subtype="html")
    read = read_letter(bytes(message))
    assert read.words == "EV-260301-012 路灯\n还是不亮"
    assert (read.case, read.name) == ("EV-260301-012", "方晓")
    assert read.sent_at == datetime(2026, 3, 1, 0, 12, tzinfo=UTC)


@given(st.binary(max_size=400))
def test_whatever_a_stranger_sends_is_read_without_breaking(raw):
    assert isinstance(read_letter(raw).words, str)


def test_a_message_read_eleven_times_is_one_arrival_with_its_photo(world):
    message = letter()
    message.add_attachment(picture(), maintype="image", subtype="png", filename="a.png")
    message.add_attachment(b"MZ", maintype="image", subtype="png", filename="b.png")
    system = Actor.for_system("mail", world.community.pk)
    with world.scope():
        for _n in range(11):
            bring_letter(bytes(message), actor=system)
        arrival = Arrival.objects.get()
        content = content_of(arrival)
        assert (content.name, content.phone, arrival.photos.count()) == ("方晓", "13900001234", 1)
        assert arrival.building == world.buildings[0]
        filed = confirm(arrival.pk, content.words, actor=world.actor("community_worker")).request
        assert (filed.channel, filed.photos.count(), Request.objects.count()) == ("mail", 1, 1)


@pytest.mark.parametrize(
    "headers", [{"Auto_Submitted": "auto-replied"}, {"List_Unsubscribe": "<mailto:x@y>"}, {"X_Autoreply": "yes"}]
)
def test_answers_of_machines_are_left_out(world, headers):
    with world.scope():
        assert bring_letter(bytes(letter(**headers)), actor=Actor.for_system("mail", world.community.pk)) is None


def test_a_maildir_is_read_by_the_worker_for_its_community_and_kept(world, other_world, settings, tmp_path):
    box = mailbox.Maildir(str(tmp_path / "box"), create=True)
    box.add(letter())
    box.add(letter(words="电梯坏了", key="<2@x>"))
    settings.LINLI_MAILDIR, settings.LINLI_MAIL_COMMUNITY = str(tmp_path / "box"), world.community.code
    for small in (other_world, world, world):
        with community_scope(small.community):
            fetch_mail()
    with world.scope():
        assert Arrival.objects.count() == 2
    with other_world.scope():
        assert Arrival.objects.count() == 0
    assert [sorted(message.get_flags()) for message in mailbox.Maildir(str(tmp_path / "box"))] == [["S"], ["S"]]


@pytest.mark.parametrize(
    "hostile",
    [
        b"From: " + b"a," * 100_000 + b"\r\n\r\nlight",
        b"From: a@b.cn\r\nContent-Type: text/plain; " + b"a=b; " * 20_000 + b"\r\n\r\nlight",
        b"From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        + b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 100_000,
    ],
    ids=["addresses", "parameters", "parts"],
)
def test_a_message_written_to_keep_the_worker_busy_does_not(hostile):
    began = process_time()
    read_letter(hostile)
    assert process_time() - began < 5, "25 s and more, if it were read whole"


def test_the_words_after_a_header_that_is_cut_are_read():
    assert read_letter(b"From: " + b"a," * 100_000 + b"\r\n\r\nlight").words == "light"
    long = letter(Received="by a; " * 3_000, X_Spam="b " * 20_000)
    assert read_letter(bytes(long)).words.endswith("打我 13900001234")


def test_killed_before_it_was_marked_it_is_read_again_and_recognised(world, settings, tmp_path, monkeypatch):
    box = mailbox.Maildir(str(tmp_path / "box"), create=True)
    box.add(letter())
    settings.LINLI_MAILDIR = str(tmp_path / "box")
    system = Actor.for_system("mail", world.community.pk)
    with world.scope():
        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", lambda *given: (_ for _ in ()).throw(OSError("power")))
            with pytest.raises(OSError, match="power"):
                mail.fetch(system)
        mail.fetch(system)
        assert Arrival.objects.count() == 1


def test_a_message_that_cannot_be_read_is_flagged_and_holds_up_no_other(world, settings, tmp_path):
    box = mailbox.Maildir(str(tmp_path / "box"), create=True)
    names = [
        box.add(b"From: a@b.cn\r\nContent-Type: text/plain; a*\r\n\r\nlight"),
        box.add(b"From: a@b.cn\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n+2AA- light"),
        box.add(letter()),
    ]
    settings.LINLI_MAILDIR = str(tmp_path / "box")
    with world.scope():
        assert mail.fetch(Actor.for_system("mail", world.community.pk)) == 3
        assert mail.fetch(Actor.for_system("mail", world.community.pk)) == 0
        assert sorted(content_of(one).words for one in Arrival.objects.all())[0] == "? light"
        assert Arrival.objects.count() == 2
    box = mailbox.Maildir(str(tmp_path / "box"))
    assert [box[name].get_flags() for name in names[1:]] == ["S", "S"]
    assert sorted(path.name.partition(":2,")[2] for path in (tmp_path / "box" / "cur").iterdir()) == ["FS", "S", "S"]
