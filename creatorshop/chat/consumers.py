from creatorshop.chat import gatekeeping
from creatorshop.chat.boards import Board, board_of
from creatorshop.chat.database import ask
from creatorshop.chat.frames import Outlet, push_of
from creatorshop.chat.sockets import Socket


class StockConsumer(Socket):
    """Shows the stock of one drop: whole snapshots, now and after every change. It takes no frames."""

    _board: Board | None = None

    async def feed(self) -> None:
        ref = self.scope["url_route"]["kwargs"]["drop"]
        drop_id = await ask(gatekeeping.admit_to_stock, drop_ref=ref, origin=self.origin())
        # From here on the board feeds all its sockets: a task for each would be most of what a socket costs.
        self._outlet = Outlet(self, push_of(self.scope))
        self._board = board_of(drop_id=drop_id)
        self._board.join(self._outlet)

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        if self._board is not None:
            self._board.leave(self._outlet)
