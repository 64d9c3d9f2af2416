"""What execution remembers over its crashes, and no longer than its process."""

import attrs

from .evidence import Entry
from .hearing import KeptOfStream
from .order_desk import Counts
from .replacing import Replacement
from .sending import Unsent


@attrs.define
class ExecutionMemory:
    """Orders that did not leave, entries not known written.

    `waiting` are intents that take the place of others, by id.
    `before`: what the journal came to when this process began.
    """

    unsent: dict[str, Unsent] = attrs.field(factory=dict[str, Unsent])
    owed: list[Entry] = attrs.field(factory=list[Entry])
    before: Counts | None = None
    waiting: dict[str, Replacement] = attrs.field(factory=dict[str, Replacement])
    stream: KeptOfStream = attrs.field(factory=KeptOfStream)
