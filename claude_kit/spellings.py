"""How do providers write a Claude model's name, and what is it in the Claude API's own writing?

People paste names from the Claude API, Portkey, OpenRouter, Amazon Bedrock and Google Cloud. A new spelling is a new
line in `PROVIDERS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["PROVIDERS", "Spelling", "readings"]


class Spelling(NamedTuple):
    """One step from a provider's way of writing a model back to the Claude API's: ``pattern`` becomes ``id``."""

    provider: str
    pattern: str
    id: str
    example: str


# Taken in this order, each once, so that one may wrap the next: "@slug/us.anthropic.claude-...". All lower case.
PROVIDERS: tuple[Spelling, ...] = (
    Spelling("Portkey", r"\A@[^/@\s]+/", "", "@anthropic-prod/claude-sonnet-5-5"),
    Spelling("OpenRouter", r"\Aanthropic/", "", "anthropic/claude-sonnet-5-5"),
    Spelling(
        "Google Cloud",
        r"\A(projects/[^/\s]+/locations/[^/\s]+/)?publishers/anthropic/models/",
        "",
        "publishers/anthropic/models/claude-sonnet-5-5",
    ),
    Spelling("Google Cloud", r"@([0-9]{8})\Z", r"-\1", "claude-haiku-4-5@20251001"),
    Spelling(
        "Amazon Bedrock",
        r"\Aarn:aws[a-z-]*:bedrock:[^:/\s]*:[0-9]*:(inference-profile|foundation-model)/",
        "",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-6-v1",
    ),
    Spelling(
        "Amazon Bedrock",
        r"\A(global|us|us-gov|eu|jp|au|apac)\.(?=anthropic\.)",
        "",
        "eu.anthropic.claude-sonnet-5-5",
    ),
    Spelling(
        "Amazon Bedrock",
        r"\Aanthropic\.(claude-\S+?)(-v[0-9]+(:[0-9]+)?|:[0-9]+)?\Z",
        r"\1",
        "anthropic.claude-haiku-4-5-20251001-v1:0",
    ),
    Spelling("OpenRouter", r"(?<=[0-9])\.(?=[0-9])", "-", "anthropic/claude-sonnet-4.5"),
    Spelling(
        "OpenRouter",
        r"\Aclaude-([4-9](?:-[0-9]{1,2})?)-(fable|opus|sonnet|haiku)(?=-|\Z)",
        r"claude-\2-\1",
        "anthropic/claude-4.6-sonnet-20260217",
    ),
)

# A date that is not in the table means a snapshot of the model named before it; a second date means nothing.
_SNAPSHOT = re.compile(r"(.+)(?<!-[0-9]{8})-[0-9]{8}\Z")


def readings(name: str) -> Iterator[str]:
    """Yield what a name may be in the Claude API's writing: as it is, then one provider's way after the other undone.

    Parameters
    ----------
    name : str
        All lower case.

    Examples
    --------
    >>> list(readings("@prod/anthropic/claude-sonnet-4.5"))[-1]
    'claude-sonnet-4-5'
    """
    yield name
    for spelling in PROVIDERS:
        name = re.sub(spelling.pattern, spelling.id, name)
        yield name
    if snapshot := _SNAPSHOT.match(name):
        yield snapshot[1]
