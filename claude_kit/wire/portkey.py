"""What Portkey's gateway wants to be told in headers: ``x-portkey-*``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["BASE_URL", "headers"]

BASE_URL: Final = "https://api.portkey.ai/v1"


def headers(**options: Any) -> dict[str, str]:
    """Build the gateway's headers.

    Parameters
    ----------
    **options
        ``api_key``, ``virtual_key``, ``provider``, ``config``, ``metadata``, ``trace_id``, ``custom_host`` and so on:
        ``trace_id`` becomes ``x-portkey-trace-id``. Mappings become JSON, lists are joined by commas, truth becomes
        ``true`` or ``false``; what is None is left out. ``authorization`` is the provider's own key and stays
        unprefixed.

    Examples
    --------
    >>> headers(provider="anthropic", metadata={"_user": "ada"}, strict_open_ai_compliance=False)
    {'x-portkey-provider': 'anthropic', 'x-portkey-metadata': '{"_user": "ada"}', \
'x-portkey-strict-open-ai-compliance': 'false'}
    """
    built = {}
    for name, value in options.items():
        if value is None:
            continue
        if name.lower() == "authorization":
            built["authorization"] = value if value.lower().startswith("bearer ") else f"Bearer {value}"
        else:
            built[f"x-portkey-{name.replace('_', '-')}"] = _written(value)
    return built


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return json.dumps(value)
    if isinstance(value, list | tuple):
        return ",".join(str(item) for item in value)
    return str(value)
