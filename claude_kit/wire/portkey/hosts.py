"""Where the gateway is: Portkey's own service, or the open-source gateway on a machine of one's own."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

__all__ = ["BASE_URL", "is_hosted"]

BASE_URL: Final = "https://api.portkey.ai/v1"

# What is Portkey's: the service itself, and its addresses for regions and customers.
_DOMAIN: Final = "portkey.ai"


def is_hosted(base_url: str) -> bool:
    """Tell Portkey's service from a gateway of one's own, which knows no virtual keys, saved configs or prompts.

    Examples
    --------
    >>> is_hosted(BASE_URL), is_hosted("http://localhost:8787/v1")
    (True, False)
    """
    host = urlsplit(base_url).hostname or ""
    return host == _DOMAIN or host.endswith(f".{_DOMAIN}")
