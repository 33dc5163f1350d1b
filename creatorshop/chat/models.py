from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from drops.audience.models import Shopper
from drops.catalog.models import Creator
from drops.refs import new_ref
from drops.schedule.models import Drop


class CommandState(models.TextChoices):
    PENDING = "pending", "To be run"
    RUNNING = "running", "Running"
    DONE = "done", "Done"


class Waits(models.TextChoices):
    """Why a human is wanted in a thread."""

    ASKED = "asked", "Asked for a person"
    NOT_UNDERSTOOD = "not_understood", "Was not understood"
    NOT_ANSWERED = "not_answered", "Was not answered"


class Thread(models.Model):
    """
    One shopper's conversation with one creator's shop.

    Its row is the lock under which events are answered one after the other. `state` is the engine's and is written
    only together with the messages that belong to it; the inbox asks by `helper` and `waits_since`, which repeat a part
    of it.
    """

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    shopper = models.OneToOneField(Shopper, on_delete=models.PROTECT, related_name="thread")
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="threads")
    drop = models.ForeignKey(
        Drop, on_delete=models.SET_NULL, null=True, blank=True, related_name="threads", help_text="The drop in view."
    )
    state = models.JSONField(default=dict)
    seq = models.BigIntegerField(default=0)
    wakes_at = models.DateTimeField(null=True, blank=True, help_text="When the thread has something to say by itself.")
    waits_since = models.DateTimeField(null=True, blank=True, help_text="Since when a human is wanted here.")
    waits_why = models.CharField(max_length=14, choices=Waits, blank=True)
    # No foreign key: whoever leaves the shop leaves no thread behind that cannot be written.
    helper = models.CharField(max_length=40, blank=True, help_text="The key of the user who took over.")
    created_at = models.DateTimeField(auto_now_add=True)
    moved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="thread_seq_not_negative", condition=Q(seq__gte=0)),
            models.CheckConstraint(
                name="thread_waits_for_a_reason",
                condition=Q(waits_since__isnull=True, waits_why="")
                | Q(waits_since__isnull=False, waits_why__in=Waits.values),
            ),
        ]
        indexes = [
            models.Index(fields=["wakes_at"], name="thread_to_wake", condition=Q(wakes_at__isnull=False)),
            models.Index(fields=["drop", "moved_at"], name="thread_by_drop"),
            models.Index(
                fields=["creator", "waits_since"], name="thread_waits", condition=Q(waits_since__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"Thread {self.ref[:8]}"


class ThreadEvent(models.Model):
    """Something that reached a thread, once: its repeat is answered by what was answered then."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="events")
    event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    body = models.JSONField()
    refusal = models.JSONField(default=dict, blank=True, help_text="Code and sentence, if it was turned away.")
    first_seq = models.BigIntegerField(help_text="The answer's first message; above last_seq if there was none.")
    last_seq = models.BigIntegerField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="thread_event_once", fields=["thread", "event_id"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class Message(models.Model):
    """One revision of one message, as it was sent. The highest revision is the one that people see."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="messages")
    seq = models.BigIntegerField()
    message_id = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=1)
    type = models.CharField(max_length=20)
    speaker = models.CharField(max_length=8)
    by = models.CharField(max_length=80, blank=True, help_text="A human's name, as the shopper read it.")
    locale = models.CharField(max_length=12)
    fallback_text = models.TextField()
    body = models.JSONField()
    taps = models.JSONField(default=list, help_text="What each button does; its token says only which one it is.")
    expires_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="message_seq_once_per_thread", fields=["thread", "seq"]),
            models.UniqueConstraint(name="message_revision_once", fields=["thread", "message_id", "revision"]),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}.{self.revision} ({self.type})"


class Command(models.Model):
    """
    Something the engine wants done. Its key is the idempotency key of the service that does it.

    Whoever runs it takes a lease first; a lease that ran out without a result is taken over by the sweep.
    """

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="commands")
    key = models.CharField(max_length=40, unique=True, default=new_ref)
    name = models.CharField(max_length=40)
    args = models.JSONField()
    state = models.CharField(max_length=8, choices=CommandState, default=CommandState.PENDING)
    result = models.JSONField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="command_state_known", condition=Q(state__in=CommandState.values)),
            models.CheckConstraint(
                name="command_done_has_result", condition=Q(state=CommandState.DONE) ^ Q(result__isnull=True)
            ),
        ]
        indexes = [
            models.Index(
                F("thread"),
                F("created_at"),
                name="command_to_run",
                condition=Q(state__in=[CommandState.PENDING, CommandState.RUNNING]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.key[:8]}"
