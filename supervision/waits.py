"""How long to wait before trying again: longer each time, up to a limit. Pure."""


def grown(first: float, longest: float, times: int, factor: float = 2.0) -> float:
    """Return `first` seconds multiplied `times` times by `factor`, at most `longest`.

    This is exponential backoff; who needs it spread adds its own jitter.
    """
    try:
        return min(longest, first * float(factor**times))
    except OverflowError:
        return longest
