"""A Jupyter toolkit for Claude: check, price, send and watch images, PDFs and questions.

Everything is loaded when it is first used; the names are listed in ``__init__.pyi``.
"""

from typing import Any

import lazy_loader

__version__ = "0.1.0"

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name == "default_model":
        # Asked anew each time: the loader would keep the first answer, which would then pass for a user's choice.
        from claude_kit import models

        return models.default_model
    return _load(name)
