"""
The four families of "no" that every service speaks; concrete refusals live beside the function that raises them.
"""

from typing import ClassVar


class ShopError(Exception):
    """A foreseen "no", with a stable code for programs, a sentence for people and the facts behind both."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class Invalid(ShopError):
    """What was asked makes no sense as it stands; asking again in the same way will not help."""

    status = 422
    code = "invalid"


class NotFound(ShopError):
    """The thing does not exist, or not for the one who asks: the two are deliberately the same answer."""

    status = 404
    code = "not_found"


class Refused(ShopError):
    """The request was understood, and the rules or the state of the shop say no."""

    status = 409
    code = "refused"


class Unreachable(ShopError):
    """Something that is needed does not answer right now; the same request may succeed later."""

    status = 503
    code = "unreachable"
