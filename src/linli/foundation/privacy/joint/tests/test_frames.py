"""Whatever comes over the line, the reader either understands it or ends the run; it never does anything else."""

import socket
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.foundation.privacy.joint.exchange.frames import Breach, Broken, Call, Channel, Points, Stopped


def ends() -> tuple[Channel, socket.socket]:
    ours, theirs = socket.socketpair()
    return Channel(ours, 2), theirs


def test_a_message_arrives_as_it_was_sent_and_both_digests_agree():
    ours, theirs = socket.socketpair()
    one, other = Channel(ours, 2), Channel(theirs, 2)
    one.send(Points("ours", 0, b"x" * 64))
    assert other.receive(Points) == Points("ours", 0, b"x" * 64)
    assert one.transcript == other.transcript
    assert one.sent == other.received > 64


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_noise_is_a_breach_or_a_broken_line(noise):
    channel, theirs = ends()
    theirs.sendall(noise)
    theirs.close()
    with pytest.raises((Breach, Broken, Stopped)):
        channel.receive(Call)
        channel.receive(Call)


@pytest.mark.parametrize("length", [0, 1 << 18 | 1, 0xFFFFFFFF])
def test_a_frame_of_impossible_length_is_not_waited_for(length):
    channel, theirs = ends()
    theirs.sendall(struct.pack(">I", length))
    with pytest.raises(Breach) as caught:
        channel.receive(Call)
    assert caught.value.code == "frame_size"


def test_a_truncated_frame_is_a_broken_line():
    channel, theirs = ends()
    theirs.sendall(struct.pack(">I", 50) + b"abc")
    theirs.close()
    with pytest.raises(Broken):
        channel.receive(Call)


def test_a_message_out_of_its_order_is_a_breach():
    ours, theirs = socket.socketpair()
    Channel(theirs, 2).send(Call("ab"))
    with pytest.raises(Breach) as caught:
        Channel(ours, 2).receive(Points)
    assert caught.value.code == "out_of_order"


def test_silence_ends_the_run():
    ours, _theirs = socket.socketpair()
    with pytest.raises(Broken):
        Channel(ours, 0.05).receive(Call)


def test_why_the_other_side_gave_up_is_heard():
    ours, theirs = socket.socketpair()
    Channel(theirs, 2).stop("runs_a_quarter")
    with pytest.raises(Stopped) as caught:
        Channel(ours, 2).receive(Call)
    assert caught.value.code == "runs_a_quarter"
