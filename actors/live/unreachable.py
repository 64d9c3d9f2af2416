"""The error that ends a start which may succeed later."""

from typing import ClassVar

from ...supervision.failures import FailureClass


class VenueUnreachable(Exception):
    """The venue could not be prepared for trading; that may change by itself."""

    failure_class: ClassVar[FailureClass] = FailureClass.NETWORK
