"""What the tests of recorded streams share: a server that plays them, and Anthropic's client pointed at it."""

from collections.abc import Iterator

import anthropic
import pytest

from tests.conformance.playing import Player
from tests.wire.replay import serving


@pytest.fixture(scope="module")
def player() -> Iterator[Player]:
    """Run a server that plays recordings."""
    playing = Player()
    with serving(playing.respond) as playing.served:
        yield playing


@pytest.fixture(scope="module")
def sdk(player: Player) -> Iterator[anthropic.Anthropic]:
    """Return the vendor's client, pointed at the player."""
    address = player.served.address.removesuffix("/v1")
    with anthropic.Anthropic(api_key="none", base_url=address, max_retries=0) as client:
        yield client
