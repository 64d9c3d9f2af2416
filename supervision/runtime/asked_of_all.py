"""What any actor can be sent: it is answered by `Actor` itself."""

from pykka.messages import ProxyCall, ProxyGetAttr, ProxySetAttr


class Describe:
    """Asked of any actor by `command`; the answer is what its `facts` return."""


ASKED_OF_ALL = frozenset({ProxyCall, ProxyGetAttr, ProxySetAttr, Describe})
