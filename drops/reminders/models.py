from __future__ import annotations

from django.db import models
from django.db.models import Q

from drops.audience.models import Shopper
from drops.refs import new_ref
from drops.schedule.models import Drop


class Channel(models.TextChoices):
    THREAD = "thread", "In the chat"
    PUSH = "push", "Push"
    MAIL = "mail", "E-mail"


class NudgeKind(models.TextChoices):
    BEFORE = "before", "Before it opens"
    OPENING = "opening", "When it opens"


class NudgeState(models.TextChoices):
    DUE = "due", "To be sent"
    CLAIMED = "claimed", "Being sent"
    SENT = "sent", "Sent"
    UNSENT = "unsent", "Not sent"


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def live(self) -> ReminderQuerySet:
        return self.filter(confirmed_at__isnull=False, stopped_at__isnull=True, forgotten_at__isnull=True)


class Reminder(models.Model):
    """
    Somebody's wish to be told when one drop opens, at one contact of theirs, with what they agreed to.

    A contact is known by a keyed hash. The address itself is there only for as long as it is needed to write to it.
    """

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    drop = models.ForeignKey(Drop, on_delete=models.CASCADE, related_name="reminders")
    shopper = models.ForeignKey(Shopper, on_delete=models.CASCADE, related_name="reminders")
    channel = models.CharField(max_length=8, choices=Channel)
    contact_hash = models.CharField(max_length=64)
    address = models.TextField(blank=True)  # of a mailbox, or of a browser at its push service
    push_keys = models.JSONField(default=dict, blank=True)
    network_hash = models.CharField(max_length=64, blank=True)
    time_zone = models.CharField(max_length=60)
    locale = models.CharField(max_length=12, default="en")
    consent = models.TextField()  # the words on the button, and below it
    asked_at = models.DateTimeField()
    asked_times = models.PositiveSmallIntegerField(default=1)
    question_due_at = models.DateTimeField(null=True, blank=True)  # a mail that asks "was it you?" has to go out
    confirmed_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    forgotten_at = models.DateTimeField(null=True, blank=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="reminder_once_per_contact", fields=["drop", "channel", "contact_hash"]),
            models.CheckConstraint(name="reminder_channel_known", condition=Q(channel__in=Channel.values)),
            models.CheckConstraint(
                name="reminder_forgotten_has_no_address",
                condition=Q(forgotten_at__isnull=True) | Q(address="", push_keys={}, network_hash=""),
            ),
        ]
        indexes = [
            models.Index(fields=["drop", "shopper"], name="reminder_of_shopper"),
            models.Index(fields=["contact_hash"], name="reminder_by_contact"),
            models.Index(
                fields=["network_hash", "asked_at"], name="reminder_by_network", condition=~Q(network_hash="")
            ),
            models.Index(
                fields=["question_due_at"], name="reminder_to_ask", condition=Q(question_due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} reminder {self.ref[:6]}"

    @property
    def is_live(self) -> bool:
        return self.confirmed_at is not None and self.stopped_at is None and self.forgotten_at is None


class Nudge(models.Model):
    """
    One of the two messages that a person gets about a drop they asked for: at most one of each kind, on one channel.

    Whoever sends it claims its row first. A claim without an end is not sent again: rather none than two.
    """

    drop = models.ForeignKey(Drop, on_delete=models.CASCADE, related_name="nudges")
    shopper = models.ForeignKey(Shopper, on_delete=models.CASCADE, related_name="nudges")
    kind = models.CharField(max_length=8, choices=NudgeKind)
    state = models.CharField(max_length=8, choices=NudgeState, default=NudgeState.DUE)
    channel = models.CharField(max_length=8, choices=Channel, blank=True)
    due_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # after it the words would be untrue, or the night has begun
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="nudge_once_per_kind", fields=["drop", "shopper", "kind"]),
            models.CheckConstraint(name="nudge_kind_known", condition=Q(kind__in=NudgeKind.values)),
            models.CheckConstraint(name="nudge_state_known", condition=Q(state__in=NudgeState.values)),
            models.CheckConstraint(name="nudge_sent_has_channel", condition=~Q(state=NudgeState.SENT) | ~Q(channel="")),
        ]
        indexes = [models.Index(fields=["due_at"], name="nudge_due", condition=Q(state=NudgeState.DUE))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.drop}"
