from creatorshop.chat import clock, gatekeeping
from creatorshop.chat.boards import board_of
from creatorshop.chat.database import ask
from creatorshop.chat.sockets import BEAT_S, Socket, beat


class StockConsumer(Socket):
    """Shows the stock of one drop: whole snapshots, now and after every change. It takes no frames."""

    async def feed(self) -> None:
        ref = self.scope["url_route"]["kwargs"]["drop"]
        drop_id = await ask(gatekeeping.admit_to_stock, drop_ref=ref, origin=self.origin())
        async with board_of(drop_id=drop_id).viewing() as mailbox:
            while True:
                frames = await mailbox.take(within=BEAT_S)
                for frame in frames:
                    # The time is put in when the frame leaves, for it may have waited for a slow client.
                    await self.send(f'{{"type":"stock","now":"{clock.now_iso()}",{frame}')
                if not frames:
                    await self.send(beat())
