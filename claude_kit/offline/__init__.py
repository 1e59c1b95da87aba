"""What if I have no key? A model that runs here, speaks the real wire formats, and never pretends to be Claude.

`serve` makes it a server on this machine, for any SDK; `Fault` is what can go wrong on request.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
