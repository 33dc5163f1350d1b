"""What somebody may send back of a product without anybody's leave, and what the law lets a shop leave out of that."""

from django.db import models


class ReturnRule(models.TextChoices):
    """
    The right to withdraw from buying a thing (Directive 2011/83/EU, art. 9), or the exception that it falls under.

    An exception counts only if it is said before the sale (art. 6(1)(k)), so it is part of the terms of every quote. Sealed
    goods are those of art. 16(e), and what is made for the buyer those of art. 16(c).
    """

    ANY_REASON = "any_reason", "Within 14 days, for any reason"
    SEALED = "sealed", "Within 14 days, while its seal is unbroken (hygiene)"
    MADE_FOR_BUYER = "made_for_buyer", "Only if something is wrong with it (made or personalised for the buyer)"
