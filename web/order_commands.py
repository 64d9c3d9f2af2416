"""The commands about orders: compare the books with the venue, and end one by hand."""

import json
import sys

import click

from .options import json_option, running_system, state_option
from .typed_values import Place

AGREED, DIFFERS, UNKNOWN = 0, 1, 4


@click.command()
@click.argument("path", type=Place(), required=False)
@state_option
@json_option
def reconcile(path: str | None, *, state_dir: str, as_json: bool) -> None:
    """Compare orders, fills and balances with the venue, now.

    Of all who keep books, or of those at or below PATH. Exits with 0 if all agree,
    1 if something differs, 4 if somebody could not tell, 3 not running.
    """
    where = "/api/v1/orders/reconcile"
    told = running_system(state_dir).post(where, {"under": path or ""})
    if as_json:
        click.echo(json.dumps(told))
    else:
        for sentence in told["differences"]:
            click.echo(f"differs: {sentence}")
        for sentence in told["silent"]:
            click.echo(f"not known: {sentence}")
        if not told["differences"] and not told["silent"]:
            click.echo(f"all agree: {', '.join(told['asked'])}")
    if told["differences"]:
        sys.exit(DIFFERS)
    sys.exit(UNKNOWN if told["silent"] else AGREED)


@click.command()
@click.argument("order")
@click.argument("path", type=Place(), required=False)
@state_option
@click.option("--reason", metavar="TEXT", required=True, help="Why; it is journalled.")
def settle(order: str, path: str | None, *, state_dir: str, reason: str) -> None:
    """End ORDER in the books by hand, when the venue tells no end of it.

    ORDER is its client order id, PATH who placed it, where several trade. Refused while
    the venue has the order or may still get it. Its fills that were never told are
    given up; what the account then holds is booked as an adjustment.
    """
    body = {"order": order, "reason": reason, "under": path or ""}
    running_system(state_dir).post("/api/v1/orders/settle", body)
    click.echo(f"settled: {order} ({reason})")
