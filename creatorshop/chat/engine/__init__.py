"""The conversation as a pure function: (state, event, facts) to (state, messages, commands)."""

from creatorshop.chat.engine.responding import respond
from creatorshop.chat.engine.states import State
from creatorshop.chat.engine.turns import Draft, Tap, Turn

__all__ = ["Draft", "State", "Tap", "Turn", "respond"]
