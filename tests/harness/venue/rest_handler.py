"""Takes a request from the wire, has it performed, and puts the answer on the wire."""

from tornado.web import RequestHandler

from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.received import note_answer
from holdfast.testing.venue.rest import Reply, RestProtocol


class RestHandler(RequestHandler):
    """Every REST address of the venue."""

    def initialize(self, core: VenueCore, protocol: RestProtocol) -> None:
        self._core = core
        self._protocol = protocol

    async def _serve(self) -> None:
        call = self._protocol.read(self.request)
        received = self._core.requests.add(call, self._core.clock.wall())
        reply = self._protocol.perform(call)
        note_answer(received, reply)
        self._answer(reply)

    get = post = put = delete = _serve

    def _answer(self, reply: Reply) -> None:
        self.set_status(reply.status)
        self.set_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            self.set_header(name, value)
        self.finish(reply.body)  # pyright: ignore[reportUnknownMemberType] - Tornado's types
