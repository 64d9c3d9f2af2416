"""Trades name their order by the venue's id; what that is called here is remembered."""

from holdfast.actors.live.client_order_ids import ClientOrderIds


def test_an_order_is_known_by_symbol_and_id() -> None:
    names = ClientOrderIds()
    names.learn("BTCUSDT", "1", "desk-1")

    assert names.of("BTCUSDT", "1") == "desk-1"
    assert names.of("ETHUSDT", "1") is None
    assert names.unknown("BTCUSDT", ["1", "2"]) == {"2"}


def test_the_oldest_are_forgotten() -> None:
    names = ClientOrderIds(most=2)
    for number in ("1", "2", "1", "3"):
        names.learn("BTCUSDT", number, f"desk-{number}")

    assert names.unknown("BTCUSDT", ["1", "2", "3"]) == {"2"}


def test_who_tells_no_name_takes_none_away() -> None:
    names = ClientOrderIds()
    for name in ("venue:1", "desk-1", "venue:1"):
        names.learn("BTCUSDT", "1", name)

    assert names.of("BTCUSDT", "1") == "desk-1"
