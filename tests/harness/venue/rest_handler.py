"""Takes a request from the wire, has it performed, and puts the answer on the wire."""

import asyncio
from http.client import responses

import attrs
from tornado.web import RequestHandler

from holdfast.testing.venue.delivery import break_off
from holdfast.testing.venue.faults.effects import after_call, balance_lag, before_call
from holdfast.testing.venue.faults.plan import Delivery, Plan
from holdfast.testing.venue.front import Front, Struck
from holdfast.testing.venue.received import Received
from holdfast.testing.venue.rest import Call, Reply


class RestHandler(RequestHandler):
    """Every REST address of the venue."""

    def initialize(self, front: Front) -> None:
        self._front = front
        self._gone = asyncio.Event()

    def on_connection_close(self) -> None:
        """Wait no longer for somebody who has given up."""
        self._gone.set()

    async def _serve(self) -> None:
        front = self._front
        call = front.protocol.read(self.request)
        received = front.core.requests.add(call, front.core.clock.wall())
        struck = front.struck(call)
        received.faults = struck.ids
        await front.gate.passed(call.names)
        plan = struck.plan
        if plan.late_by:
            asyncio.get_running_loop().call_later(
                plan.late_by, self._perform, call, received, struck
            )
        reply = Reply()
        if plan.executes:
            reply = self._perform(call, received, struck)
        await self._deliver(plan, plan.instead or reply, received)

    get = post = put = delete = _serve

    def _perform(self, call: Call, received: Received, struck: Struck) -> Reply:
        core, protocol = self._front.core, self._front.protocol
        if struck.plan.shut_out_for:
            protocol.shut_out(struck.plan.shut_out_for, struck.plan.shut_out_status)
        before_call(core, struck.effects, protocol.order_of(call))
        lag = balance_lag(struck.effects)
        reply = protocol.perform(attrs.evolve(call, balance_lag=lag))
        received.is_performed, received.is_applied = True, reply.is_applied
        after_call(core, struck.effects, reply.order_id)
        return reply

    async def _deliver(self, plan: Plan, reply: Reply, received: Received) -> None:
        match plan.delivery:
            case Delivery.ANSWER:
                received.status = reply.status
                self._answer(reply)
            case Delivery.HANG:
                await self._gone.wait()
            case _:
                await break_off(self, plan, reply)

    def _answer(self, reply: Reply) -> None:
        self.set_status(reply.status, responses.get(reply.status, "Unknown"))
        self.set_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            self.set_header(name, value)
        self.finish(reply.body)  # pyright: ignore[reportUnknownMemberType] - Tornado's types
