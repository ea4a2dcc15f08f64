"""The clock runs only a little ahead of what the devices said and ingest stored."""

from linli.simulator.incidents.planting import MINUTE
from linli.simulator.progress import LEAD, Progress


def test_what_was_spoken_counts_only_when_it_is_stored():
    progress = Progress(0)
    progress.spoke(10 * MINUTE)
    progress.see(unsent=3, stream_last=100, stored=100)
    progress.see(unsent=0, stream_last=150, stored=120)
    assert progress.not_beyond == LEAD
    progress.spoke(20 * MINUTE)
    progress.see(unsent=9, stream_last=300, stored=150)
    assert progress.heard == 10 * MINUTE


def test_while_the_message_server_cannot_be_asked_nothing_is_taken_for_stored():
    progress = Progress(0)
    progress.spoke(10 * MINUTE)
    progress.see(unsent=0, stream_last=None, stored=500)
    assert progress.heard == 0
