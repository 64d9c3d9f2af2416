"""What the API says to those who keep the books of orders, and what they answer."""

from .bookkeeping import Bookkeeping
from .handlers import ApiHandler, redacted


class OrderCommandHandler(ApiHandler):
    """`/api/v1/orders/reconcile` and `/settle`; served on the control socket alone."""

    async def post(self, command: str) -> None:
        """Do it, and answer what came of it."""
        books = self.served.books
        if books is None:
            self.problem(404, "No orders", "nobody keeps books of orders here")
        elif command == "reconcile":
            await self._reconcile(books)
        else:
            await self._settle(books)

    async def _reconcile(self, books: Bookkeeping) -> None:
        under = str(self.body().get("under") or "")
        told = await books.reconcile(under)
        if told["asked"]:
            self.answer(redacted(told, self.served.redact))
        else:
            where = under or "this system"
            self.problem(404, "No orders", f"nobody keeps books of orders in {where}")

    async def _settle(self, books: Bookkeeping) -> None:
        body = self.body()
        order, reason, under = (
            str(body.get(name) or "").strip() for name in ("order", "reason", "under")
        )
        if not order or not reason:
            self.problem(400, "Not understood", "to settle needs an order and a reason")
            return
        refused = await books.settle(order, reason, under)
        if refused:
            self.problem(409, "Not settled", refused)
        else:
            self.answer({"order": order, "reason": reason})
