"""HTTP: how a request leaves and an answer comes back.

Knows connections, keys and errors; nothing of notebooks. The JSON is `claude_kit.wire`'s.
"""

from claude_kit.client.aio import AsyncClient
from claude_kit.client.aio_stream import AsyncStream
from claude_kit.client.answers import Answers
from claude_kit.client.batches import Batch, Batches
from claude_kit.client.sync import Client
from claude_kit.client.sync_stream import Stream

__all__ = ["Answers", "AsyncClient", "AsyncStream", "Batch", "Batches", "Client", "Stream"]
