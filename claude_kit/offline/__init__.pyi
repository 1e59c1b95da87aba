from .exchange import Request as Request
from .faults import Fault as Fault
from .server import serve as serve
from .transport import AsyncOfflineTransport as AsyncOfflineTransport
from .transport import OfflineTransport as OfflineTransport
