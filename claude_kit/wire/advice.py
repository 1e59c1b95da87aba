"""What can a person do about an error answer, and does asking again help?

First what the answer's code tells, then its words, then its status, then its class. The words are those of Anthropic's
API and of Portkey's gateway 1.15.2, as recorded until 2026-11-22, and of their documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from claude_kit import errors, models
from claude_kit.render import units

__all__ = ["Advice", "advise", "meaning"]


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do.

    Attributes
    ----------
    text : str
        Sentences to stand behind the error's own; empty where they say it all.
    should_retry : bool or None
        False where asking again meets the same error, or pays for another.
    """

    text: str = ""
    should_retry: bool | None = None


_NO_CREDIT: Final = Advice(
    "Waiting does not help: add credit, or raise the limit, on the provider's billing page.", should_retry=False
)

# The first three are Anthropic's, the others OpenAI's, which a gateway may fall back to.
_BY_CODE: Final[dict[str, Advice]] = {
    "enforced_spend_limit_reached": Advice(
        "The month's spending limit of your usage tier is reached, and waiting does not help before the next month: "
        "raise it in the Claude Console, under Limits.",
        should_retry=False,
    ),
    "contract_spend_limit_reached": Advice(
        "The spending limit of your contract is reached, and waiting does not help: raise it with Anthropic.",
        should_retry=False,
    ),
    "linked_organization_spend_limit_reached": _NO_CREDIT,
    "insufficient_quota": _NO_CREDIT,
    "credit_balance_exhausted": _NO_CREDIT,
    "organization_usage_limit_exceeded": _NO_CREDIT,
    "organization_spend_limit_exceeded": _NO_CREDIT,
    "project_spend_limit_exceeded": _NO_CREDIT,
}

# What is looked for in the message, the finer before the coarser.
_BY_WORDS: Final[tuple[tuple[re.Pattern[str], Advice], ...]] = tuple(
    (re.compile(words), advice)
    for words, advice in (
        # ---- the gateway -------------------------------------------------------------------------------------------
        (
            r"\AInvalid config passed\. You need to pass a valid json",
            Advice("Give config= as a mapping; only Portkey's own gateway knows the ids of saved configs (pc-…)."),
        ),
        (
            r"\AInvalid config passed.*must have either 'provider' and 'api_key'",
            Advice(
                "Give every target of config= its provider and api_key; only Portkey's own gateway knows virtual keys "
                'and "@slug". Targets count from 0.'
            ),
        ),
        (r"\AInvalid config passed", Advice("Change config= where the path says; targets count from 0.")),
        (
            r"\AInvalid custom host",
            Advice(
                "custom_host= is a public address, or, where the gateway runs here, http://127.0.0.1:8000/v1; without "
                "user and password. TRUSTED_CUSTOM_HOSTS in the gateway's environment allows others."
            ),
        ),
        (
            r"\AInvalid provider passed",
            Advice('Give provider="anthropic"; only Portkey\'s own gateway knows slugs such as "@team".'),
        ),
        (
            r"x-portkey-provider header is required",
            Advice('Say whom it shall ask: Client.portkey(provider="anthropic", ...), or virtual_key= or config=.'),
        ),
        (r"\AInvalid content type", Advice("The gateway takes JSON: send the header content-type: application/json.")),
        (
            r"\Amessages is not supported by",
            Advice(
                "This gateway asks only Anthropic in the Messages dialect; ask others as chat completions.",
                should_retry=False,
            ),
        ),
        (
            r"\Aprompt completions error",
            Advice(
                "The prompt library is a service of Portkey's own gateway, https://api.portkey.ai/v1.",
                should_retry=False,
            ),
        ),
        # What the gateway answers when something in it fails, which may be after the provider has been asked and paid.
        (
            r"\ASomething went wrong\Z",
            Advice(
                "The gateway itself failed, perhaps after Claude had answered, so asking again could pay twice. If "
                'every stream ends so, its installation is broken: put "@hono/node-server": "1.13.5" under "overrides" '
                "in its package.json and run npm install. If only this request does: are the arguments of each tool "
                "call JSON?",
                should_retry=False,
            ),
        ),
        (
            r"\(setting '_timeouts'\)",
            Advice(
                "The provider asked to slow down, and gateway 1.15.2 from npm stumbles over that: take "
                "use_retry_after_header out of the config's retry."
            ),
        ),
        # ---- Anthropic, and Claude at AWS ---------------------------------------------------------------------------
        (
            r"reached your specified (workspace )?API usage limits",
            Advice("Raise the limit that was set for spending on the billing page of the Claude Console, or wait."),
        ),
        (r"credit balance is too low", Advice("Add credit on the billing page of the Claude Console.")),
        (
            r"prompt is too long|exceeds? .*(context window|context limit)",
            Advice("Send fewer pages or turns: ck.check(...) measures them, ck.fit(...) splits them."),
        ),
        (
            r"`redacted_thinking` blocks .*cannot be modified",
            Advice("Send what Claude has said back as it came: reply.blocks, all of them and unchanged."),
        ),
        (
            r"bound to a different conversation",
            Advice("Only add to a conversation with thinking: system, tools and earlier messages stay as they were."),
        ),
        (r"support counting tokens", Advice("ck.estimate(...) counts them without asking.")),
        (r"security token .*(expired|invalid)", Advice("The AWS credentials have run out; sign in again.")),
        (
            r"\b(messages|content|tools|system|targets)[.,]\d+",
            Advice(
                "Places are counted from 0, so messages.0 is the first message; ck.check(...) looks for errors before "
                "sending."
            ),
        ),
    )
)

_AGAIN: Final = "Ask again in a little while; https://status.claude.com tells of outages."
_ADDRESS: Final = "Is base_url the address of the Messages API? It ends in /v1."
_CHANGE: Final = "Change the request as it says; ck.check(...) looks for errors before sending."

_BY_STATUS: Final[dict[int, str]] = {
    200: _ADDRESS,
    301: _ADDRESS,
    302: _ADDRESS,
    307: _ADDRESS,
    308: _ADDRESS,
    405: _ADDRESS,
    408: "Give the gateway more time with request_timeout=, in milliseconds, or ask for less at once.",
    412: "The budget that was set in Portkey for this key is used up: raise it there.",
    431: "The headers are over 16 KB: give the gateway a shorter config= or metadata=.",
}

_BY_CLASS: Final[dict[type[errors.APIError], str]] = {
    errors.BadRequestError: _CHANGE,
    errors.UnprocessableEntityError: _CHANGE,
    errors.AuthenticationError: "Check the key: ANTHROPIC_API_KEY or PORTKEY_API_KEY in the environment, or api_key=.",
    errors.BillingError: "Add credit on the billing page of the Claude Console.",
    errors.PermissionDeniedError: "The key may not use this model or feature: whoever made it can change that.",
    errors.NotFoundError: "Is the model spelled right, and does base_url end in /v1?",
    errors.ConflictError: "Another request was at the same thing; ask again in a moment.",
    errors.RequestTooLargeError: "Send fewer or smaller files: ck.check(...) measures them, ck.fit(...) splits them.",
    errors.RateLimitError: "Wait and ask again, or send less at a time.",
    errors.GuardrailError: "Change what is sent, or the guardrail in Portkey.",
    errors.OverloadedError: _AGAIN,
    errors.ServerError: f"It failed on the other side. {_AGAIN}",
    errors.ConnectionFailed: (
        "The gateway runs, but found no way from there: is custom_host= right, and does somebody listen there?"
    ),
}

# For an answer that gives the type and no more, as a chat completion's stream does through the gateway.
_MEANING: Final[dict[str, str]] = {
    "invalid_request_error": "The request is not one the API takes",
    "authentication_error": "The key is missing or wrong",
    "billing_error": "The account cannot pay for this",
    "permission_error": "The key may not do this",
    "not_found_error": "There is no such model, file or address",
    "conflict_error": "Another request was changing the same thing",
    "request_too_large": "The request is over the limit",
    "rate_limit_error": "Too many requests or tokens for now",
    "timeout_error": "The answer took too long",
    "api_error": "Something failed inside the API",
    "overloaded_error": "The API has no room for now",
}

_MODEL: Final = re.compile(r"\Amodel: (\S+)\Z")


def advise(
    cls: type[errors.APIError],
    message: str,
    *,
    status: int | None = None,
    code: str | None = None,
    retry_after: float | None = None,
) -> Advice:
    """Say what to do about an error.

    Parameters
    ----------
    cls : type of APIError
        What it became.
    message : str
        Its own sentence.
    status : int, optional
    code : str, optional
    retry_after : float, optional
        Seconds to wait that the answer asked for.

    Examples
    --------
    >>> advise(errors.RequestTooLargeError, "Request Header Fields Too Large", status=431).text
    'The headers are over 16 KB: give the gateway a shorter config= or metadata=.'
    >>> advise(errors.RateLimitError, "Slow down", retry_after=7.0).text
    'Ask again in 7 s, or send less at a time.'
    """
    if code in _BY_CODE:
        return _BY_CODE[code]
    for words, advice in _BY_WORDS:
        if words.search(message):
            return advice
    if cls is errors.NotFoundError and (named := _MODEL.match(message)):
        return Advice(_about_model(named[1]))
    if cls is errors.RateLimitError and retry_after:
        return Advice(f"Ask again in {units.seconds(retry_after).replace('.0 ', ' ')}, or send less at a time.")
    return Advice(_BY_STATUS.get(status or 0) or _BY_CLASS.get(cls, ""))


def meaning(kind: str) -> str:
    """Return what a type of error means, in a sentence; of one that is not known, that nothing more was said.

    Examples
    --------
    >>> meaning("overloaded_error")
    'The API has no room for now'
    """
    return _MEANING.get(kind, "no reason given")


def _about_model(name: str) -> str:
    """Return what to try in place of a model that the provider does not have."""
    try:
        model = models.find(name)
    except errors.UnknownModelError as error:
        near = ", ".join(error.suggestions)
        return f"Did you mean {near}?" if near else _BY_CLASS[errors.NotFoundError]
    if model.is_retired():
        return f"It is retired; {model.replacement} takes its place."
    return "The model exists: may this key use it, and does the gateway know it by this name?"
