from __future__ import annotations

from django.db import models
from django.db.models import Q

from drops.audience.models import Shopper
from drops.catalog.models import Creator
from drops.refs import new_ref


class Source(models.TextChoices):
    SHOP = "shop", "The shop's pages"
    ORDER = "order", "An order's page"
    CHAT = "chat", "The chat, after a payment"


class LetterState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"


class CopyState(models.TextChoices):
    DUE = "due", "To be sent"
    CLAIMED = "claimed", "Being sent"
    SENT = "sent", "Sent"
    UNSENT = "unsent", "Not sent"


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def live(self) -> SubscriberQuerySet:
        return self.filter(confirmed_at__isnull=False, stopped_at__isnull=True)

    def unanswered(self) -> SubscriberQuerySet:
        return self.filter(confirmed_at__isnull=True, stopped_at__isnull=True)


class Subscriber(models.Model):
    """
    A mailbox that somebody wants a creator's letter for, and to what they agreed, when and where.

    A mailbox is known by a keyed hash. The address itself is there only while it is needed to write to it.
    """

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    creator = models.ForeignKey(Creator, on_delete=models.CASCADE, related_name="subscribers")
    shopper = models.ForeignKey(Shopper, on_delete=models.CASCADE, related_name="subscriptions")
    contact_hash = models.CharField(max_length=64)
    address = models.TextField(blank=True)
    network_hash = models.CharField(max_length=64, blank=True)
    time_zone = models.CharField(max_length=60)
    locale = models.CharField(max_length=12, default="en")
    source = models.CharField(max_length=8, choices=Source)
    consent = models.TextField()  # the words on the button, and below it
    asked_at = models.DateTimeField()
    asked_times = models.PositiveSmallIntegerField(default=1)
    question_due_at = models.DateTimeField(null=True, blank=True)  # a mail that asks "was it you?" has to go out
    confirmed_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="subscriber_once_per_mailbox", fields=["creator", "contact_hash"]),
            models.CheckConstraint(name="subscriber_source_known", condition=Q(source__in=Source.values)),
            models.CheckConstraint(
                name="subscriber_has_an_address_until_stopped",
                condition=Q(stopped_at__isnull=True) & ~Q(address="")
                | Q(stopped_at__isnull=False, address="", network_hash="", question_due_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["contact_hash"], name="subscriber_by_mailbox"),
            models.Index(
                fields=["network_hash", "asked_at"], name="subscriber_by_network", condition=~Q(network_hash="")
            ),
            models.Index(
                fields=["question_due_at"], name="subscriber_to_ask", condition=Q(question_due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"Subscriber {self.ref[:6]}"

    @property
    def is_live(self) -> bool:
        return self.confirmed_at is not None and self.stopped_at is None


class Letter(models.Model):
    """What a creator writes to their subscribers: a draft until it is sent, once, and never changed after that."""

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    creator = models.ForeignKey(Creator, on_delete=models.CASCADE, related_name="letters")
    subject = models.CharField(max_length=120)
    body = models.TextField(
        max_length=20_000,
        help_text="Plain text. An empty line begins a paragraph; an address like https://… is a link.",
    )
    state = models.CharField(max_length=8, choices=LetterState, default=LetterState.DRAFT, editable=False)
    written_at = models.DateTimeField(auto_now_add=True)
    sent_from_at = models.DateTimeField(null=True, blank=True, editable=False)
    sent_by = models.CharField(max_length=60, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="letter_state_known", condition=Q(state__in=LetterState.values)),
            models.CheckConstraint(
                name="letter_draft_was_not_sent",
                condition=Q(state=LetterState.DRAFT, sent_from_at__isnull=True)
                | ~Q(state=LetterState.DRAFT) & Q(sent_from_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["creator", "sent_from_at"], name="letter_by_sending")]

    def __str__(self) -> str:
        return self.subject


class LetterCopy(models.Model):
    """
    A letter for one subscriber, of which there is never a second.

    Whoever sends it claims its row first. A claim without an end is not sent again: rather none than two.
    """

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="copies")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="copies")
    state = models.CharField(max_length=8, choices=CopyState, default=CopyState.DUE)
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "letter copies"
        constraints = [
            models.UniqueConstraint(name="letter_copy_once_per_subscriber", fields=["letter", "subscriber"]),
            models.CheckConstraint(name="letter_copy_state_known", condition=Q(state__in=CopyState.values)),
        ]
        indexes = [models.Index(fields=["due_at"], name="letter_copy_due", condition=Q(state=CopyState.DUE))]

    def __str__(self) -> str:
        return f"{self.letter} for {self.subscriber}"
