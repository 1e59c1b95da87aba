"""A lesson recorded once with a key, and replayed by everybody without one: `Client.record` and `Client.replay`.

::

    exchange     what is kept of one request and its answer
    asked        what of a request is kept and compared
    scrubbing    what must not reach the file
    files        the file, written and read
    tape         a cassette that is being recorded
    playing      a recorded cassette: which answer belongs to a request, and at what pace it comes
    differences  what a request that was not recorded differs in
    transports   the only part that does IO: between the client and the network, or in its place
"""

from claude_kit.client.cassettes.exchange import Origin
from claude_kit.client.cassettes.playing import Player
from claude_kit.client.cassettes.tape import Session
from claude_kit.client.cassettes.transports import (
    AsyncRecordingTransport,
    RecordingTransport,
    ReplayingTransport,
)

__all__ = ["AsyncRecordingTransport", "Origin", "Player", "RecordingTransport", "ReplayingTransport", "Session"]
