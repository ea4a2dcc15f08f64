"""A voice message waits for a person who listens; a machine only suggests, but danger in its words waits for nobody."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from linli.act.casework.actions import accept, receive, reclassify, take, write_down
from linli.act.casework.models import Case, State
from linli.act.casework.queries import case_page, load_case, my_matter
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.dispatching import drain
from linli.foundation.files import store
from linli.foundation.notices.models import Notice
from linli.sense.requests import tasks, voices
from linli.sense.requests.access import voice_for
from linli.sense.requests.models import Request, VoiceMessage
from linli.sense.requests.retention import deidentify
from linli.sense.requests.tests.sounding import wav
from linli.sense.requests.voices import MAX_ATTEMPTS, hear, keep_voice
from linli.understand.triage.models import Reading, Suggestion

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday_morning", "home")]


@pytest.fixture
def home(settings, tmp_path):
    settings.LINLI_HOME = tmp_path


class Engine:
    """A speech engine on a free port, speaking OpenAI's protocol: ``answers`` are (status, body), ``got`` what arrived."""

    def __init__(self):
        self.answers, self.got = [], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, dict(self.headers), body))
                status, answer = outer.answers.pop(0) if outer.answers else (200, {"text": "楼道灯不亮"})
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/audio/transcriptions"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def engine(settings):
    engine = Engine()
    settings.LINLI_SPEECH_URL, settings.LINLI_SPEECH_TOKEN = engine.url, "s3cret"
    yield engine
    engine.server.shutdown()
    engine.server.server_close()


def spoken(world, words="", who="resident", sound=None, **more):
    actor = world.actor(who)
    voice = keep_voice(sound or wav(), actor=actor)
    return receive(words, actor=actor, voice_id=voice.pk, **more)


def give_phone(account):
    account.phone = "13800009999"
    account.save()


def voice_of(received):
    return VoiceMessage.objects.get(request=received.request)


def listen(world):
    """What the worker does of itself: hand out what is due, and deliver what happened."""
    voices.hear_due(lambda _community, voice_id: hear(voice_id, actor=Actor.for_system("hearing", world.community.pk)))
    drain()


def again_at_once():
    VoiceMessage.objects.update(try_after=clock.real_now())


def test_a_voice_alone_is_a_request_that_says_plainly_what_it_is(world):
    with world.scope():
        received = spoken(world)
        worker = world.actor("community_worker")
        page = case_page(load_case(received.case.pk, actor=worker), worker)
        assert received.case.title == "语音留言，等人听写"
        assert page.reporters[0].words == "（语音留言，还没有写成文字）"
        assert page.reporters[0].voice == voice_of(received)
        mine = my_matter(received.request.pk, world.actor("resident"))
        assert (mine.line.title, mine.words) == ("语音留言", "（语音留言，还没有写成文字）")
        assert received.case.state == State.SUBMITTED


def test_what_a_person_wrote_down_is_read_like_any_new_words_and_the_speaker_sees_who_wrote_it(world):
    with world.scope():
        received = spoken(world)
        worker = world.actor("community_worker")
        after = write_down(
            received.case.pk, voice_id=voice_of(received).pk, words="楼道灯不亮，晚上看不见", actor=worker
        )
        assert after.title == "楼道灯不亮，晚上看不见"
        drain()
        mine = my_matter(received.request.pk, world.actor("resident"))
        assert mine.words == "楼道灯不亮，晚上看不见"
        assert mine.voice.written_by == world.accounts["community_worker"]
        assert "社区工作者" in mine.voice.written_by_label or mine.voice.written_by_label
        assert mine.voice.written_at == clock.now()
        assert any(entry.entry.verb == "write_down" for entry in mine.timeline)
        said_in_place = receive("楼道灯不亮，晚上看不见", actor=world.actor("neighbour"))
        drain()
        assert after.category == said_in_place.case.category
        read, written = (Reading.objects.get(request=one.request) for one in (received, said_in_place))
        assert (read.suggested, read.evidence) == (written.suggested, written.evidence)
        assert Suggestion.objects.filter(request=received.request, kind="category").count() == 1


def test_danger_that_somebody_hears_goes_to_a_person_at_once(world):
    with world.scope():
        received = spoken(world)
        worker = world.actor("community_worker")
        after = write_down(received.case.pk, voice_id=voice_of(received).pk, words="我爸晕倒了叫不醒", actor=worker)
        assert (after.level, after.state) == ("P0", State.DISPATCHED)
        assert after.handler == world.accounts["grid_worker"]


def test_danger_that_a_machine_hears_raises_the_case_before_anybody_listens(world, engine):
    engine.answers = [(200, {"text": "救命，煤气漏了"})]
    give_phone(world.accounts["grid_worker"])
    with world.scope():
        received = spoken(world)
        listen(world)
        case = Case.objects.get(pk=received.case.pk)
        assert (case.level, case.handler) == ("P0", world.accounts["grid_worker"])
        voice = voice_of(received)
        assert (voice.suggested, voice.words, voice.request.words) == ("救命，煤气漏了", "", "")
        entry = case.entries.get(verb="raise")
        assert not entry.public
        drain()
        assert Notice.objects.filter(about=f"case:{case.pk}", text__contains="改成特急").exists()


def test_a_worker_who_has_it_already_is_told_that_it_is_danger(world, engine):
    engine.answers = [(200, {"text": "老人晕倒了"})]
    give_phone(world.accounts["grid_worker"])
    with world.scope():
        received = spoken(world, "门口有点事")
        worker = world.actor("grid_worker")
        accept(received.case.pk, actor=worker)
        take(received.case.pk, actor=worker)
        listen(world)
        drain()
        case = Case.objects.get(pk=received.case.pk)
        assert (case.level, case.state, case.handler) == ("P0", State.DISPATCHED, world.accounts["grid_worker"])
        assert Notice.objects.filter(about=f"case:{case.pk}", text__contains="改成特急").count() == 1


def test_the_engine_is_asked_in_its_own_protocol_and_its_words_are_only_a_suggestion(world, engine):
    with world.scope():
        received = spoken(world, sound=wav(2))
        listen(world)
        path, headers, body = engine.got[0]
        assert path == "/v1/audio/transcriptions"
        assert headers["Authorization"] == "Bearer s3cret"
        assert headers["Content-Type"].startswith("multipart/form-data; boundary=")
        assert b'name="model"' in body and b'filename="voice.wav"' in body and wav(2) in body
        voice = voice_of(received)
        assert (voice.hearing, voice.suggested, voice.words) == ("heard", "楼道灯不亮", "")
        assert Case.objects.get(pk=received.case.pk).title == "语音留言，等人听写"


def test_an_engine_that_fails_is_asked_again_and_in_the_end_the_page_says_so(world, engine):
    engine.answers = [(500, {}), (200, {"nothing": 1}), (200, {"text": " "}), (401, {}), (503, {})]
    with world.scope():
        received = spoken(world)
        for attempt in range(MAX_ATTEMPTS):
            assert voice_of(received).hearing == "waiting", attempt
            listen(world)
            again_at_once()
        voice = voice_of(received)
        assert (voice.hearing, voice.attempts, voice.last_error) == ("failed", MAX_ATTEMPTS, "engine: HTTP 503")
        listen(world)
        assert len(engine.got) == MAX_ATTEMPTS


def test_an_engine_that_is_not_there_loses_nothing(world, settings):
    settings.LINLI_SPEECH_URL = "http://127.0.0.1:1/v1/audio/transcriptions"
    with world.scope():
        received = spoken(world)
        listen(world)
        voice = voice_of(received)
        assert voice.hearing == "waiting" and voice.last_error.startswith("engine: 127.0.0.1")


def test_the_background_task_asks_the_engine(world, engine, settings):
    with world.scope():
        received = spoken(world)
        tasks.hear_voices()
    assert engine.got
    with world.scope():
        assert voice_of(received).suggested == "楼道灯不亮"


def test_the_same_key_and_the_same_recording_are_one_request(world):
    with world.scope():
        first = spoken(world, client_key="k")
        again = spoken(world, client_key="k")
        assert again.repeated and again.request == first.request
        assert VoiceMessage.objects.filter(request=first.request).count() == 1


def test_one_recording_does_not_become_two_requests(world):
    with world.scope():
        first = spoken(world)
        with pytest.raises(NotFound) as refused:
            receive("", actor=world.actor("resident"), voice_id=voice_of(first).pk)
        assert refused.value.code == "voice_missing"


def test_nobody_sends_what_somebody_else_recorded(world):
    with world.scope():
        voice = keep_voice(wav(), actor=world.actor("resident"))
        with pytest.raises(NotFound):
            receive("", actor=world.actor("neighbour"), voice_id=voice.pk)


def test_who_hears_it(world, other_world):
    with world.scope():
        received = spoken(world)
        number = voice_of(received).pk
        for who in ("resident", "community_worker", "grid_worker"):
            assert voice_for(world.actor(who), number).pk == number
        for who in ("neighbour", "other_grid_worker", "wall_display", "street_office"):
            with pytest.raises(NotFound):
                voice_for(world.actor(who), number)
    with other_world.scope(), pytest.raises(NotFound):
        voice_for(other_world.actor("community_worker"), number)


def test_who_writes_it_down(world, other_world):
    with world.scope():
        received = spoken(world)
        other = spoken(world, who="neighbour", sound=wav(2))
        number = voice_of(received).pk
        with pytest.raises(NotAllowed):
            write_down(received.case.pk, voice_id=number, words="灯坏了", actor=world.actor("resident"))
        with pytest.raises(NotFound):
            write_down(received.case.pk, voice_id=number, words="灯坏了", actor=world.actor("other_grid_worker"))
        with pytest.raises(NotFound):
            write_down(other.case.pk, voice_id=number, words="灯坏了", actor=world.actor("community_worker"))
        with pytest.raises(Invalid):
            write_down(received.case.pk, voice_id=number, words="  ", actor=world.actor("community_worker"))
    with other_world.scope(), pytest.raises(NotFound):
        write_down(received.case.pk, voice_id=number, words="灯坏了", actor=other_world.actor("community_worker"))


def test_typed_words_stay_as_typed_beside_what_was_heard(world):
    with world.scope():
        received = spoken(world, "楼道灯不亮")
        write_down(
            received.case.pk, voice_id=voice_of(received).pk, words="就是三单元", actor=world.actor("grid_worker")
        )
        received.request.refresh_from_db()
        assert (received.request.words, voice_of(received).words) == ("楼道灯不亮", "就是三单元")


def test_what_was_written_wrongly_is_written_again(world):
    with world.scope():
        received = spoken(world)
        for words in ("灯坏了", "楼道灯坏了，三楼的"):
            write_down(received.case.pk, voice_id=voice_of(received).pk, words=words, actor=world.actor("grid_worker"))
        received.request.refresh_from_db()
        received.case.refresh_from_db()
        assert received.request.words == "楼道灯坏了，三楼的"
        assert received.case.title == "楼道灯坏了，三楼的"


def test_a_category_that_a_person_chose_stays(world):
    with world.scope():
        received = spoken(world)
        worker = world.actor("community_worker")
        reclassify(received.case.pk, category="050300", level="P3", actor=worker)
        after = write_down(received.case.pk, voice_id=voice_of(received).pk, words="楼道灯坏了", actor=worker)
        assert (after.category, after.level) == ("050300", "P3")


def test_a_voice_goes_with_its_request(world):
    with world.scope():
        received = spoken(world)
        path = store.path_of(voice_of(received).sha256, store.VOICE)
        assert path.read_bytes() == wav()
        deidentify(Request.objects.filter(pk=received.request.pk))
        assert not VoiceMessage.objects.exists() and not path.exists()
