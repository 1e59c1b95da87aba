"""Portkey's gateway, sans-IO: what it is told in headers and configs, what it tells in answers, and what only it has.

================  ===================================================================================================
question          module
================  ===================================================================================================
where is it       `claude_kit.wire.portkey.hosts`
how is it told    `claude_kit.wire.portkey.options` (headers), `claude_kit.wire.portkey.configs` (retries, …)
what did it do    `claude_kit.wire.portkey.answers` (cache, retries, target, trace)
what does it keep `claude_kit.wire.portkey.prompts` (prompt library), `claude_kit.wire.portkey.records` (feedback, logs)
================  ===================================================================================================

Sources: gateway 1.15.2, recorded 2026-11-22, and its source; for what only Portkey's own service has, its documentation
of that day.
"""

from claude_kit.wire.portkey.answers import Gateway
from claude_kit.wire.portkey.config_checks import Problem, problems
from claude_kit.wire.portkey.configs import config, with_betas
from claude_kit.wire.portkey.hosts import BASE_URL, is_hosted
from claude_kit.wire.portkey.options import headers
from claude_kit.wire.portkey.prompts import Prompt
from claude_kit.wire.portkey.records import Feedback

__all__ = [
    "BASE_URL",
    "Feedback",
    "Gateway",
    "Problem",
    "Prompt",
    "config",
    "headers",
    "is_hosted",
    "problems",
    "with_betas",
]
