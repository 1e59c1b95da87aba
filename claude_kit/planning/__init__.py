"""Which model, which form, cached or not, and what would a folder cost? Decisions that rest on estimates.

The names are listed in ``__init__.pyi`` and loaded when first used: the processes that count a folder's files need
nothing of pandas.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
