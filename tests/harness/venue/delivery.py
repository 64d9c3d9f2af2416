"""Puts an answer on the wire, or what a fault leaves of it."""

import asyncio
import socket
import struct
from http.client import responses

from tornado.iostream import IOStream, StreamClosedError
from tornado.web import RequestHandler

from holdfast.testing.venue.faults.plan import Delivery, Plan
from holdfast.testing.venue.rest import Reply

HALF = 0.5


def reset(stream: IOStream) -> None:
    """Close a connection so that the other side gets an RST."""
    at_once = struct.pack("ii", 1, 0)
    if stream.socket is not None:
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    stream.close()


async def break_off(handler: RequestHandler, plan: Plan, reply: Reply) -> None:
    """Do to the connection what the plan says, instead of answering."""
    stream: IOStream = handler.detach()
    try:
        match plan.delivery:
            case Delivery.RESET:
                reset(stream)
            case Delivery.TRUNCATE:
                kept = int(len(reply.body) * HALF)
                await stream.write(_head(reply) + reply.body[:kept])
            case Delivery.TRICKLE:
                await _trickle(stream, plan, reply)
            case _:
                pass
    except StreamClosedError:
        return
    finally:
        stream.close()


async def _trickle(stream: IOStream, plan: Plan, reply: Reply) -> None:
    await stream.write(_head(reply))
    size = max(1, len(reply.body) // plan.pieces)
    for start in range(0, len(reply.body), size):
        await asyncio.sleep(plan.seconds / plan.pieces)
        await stream.write(reply.body[start : start + size])


def _head(reply: Reply) -> bytes:
    told = {
        "Content-Type": reply.content_type,
        "Content-Length": str(len(reply.body)),
        "Connection": "close",
        **reply.headers,
    }
    lines = [f"HTTP/1.1 {reply.status} {responses.get(reply.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in told.items()]
    return "\r\n".join([*lines, "", ""]).encode()
