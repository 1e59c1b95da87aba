"""Message Batches: thousands of requests at half the price, answered within a day, most of them within an hour.

From the ground up: `states` says what a batch is told to be, `requests` what goes into one, `results` what comes out.
`operations` does what takes several calls, written once as generators; `sync` and `aio` are the shells around it.
"""

from claude_kit.client.batches.aio import AsyncBatch, AsyncBatches
from claude_kit.client.batches.forecast import Forecast
from claude_kit.client.batches.results import Results
from claude_kit.client.batches.states import Counts, State
from claude_kit.client.batches.sync import Batch, Batches

__all__ = ["AsyncBatch", "AsyncBatches", "Batch", "Batches", "Counts", "Forecast", "Results", "State"]
