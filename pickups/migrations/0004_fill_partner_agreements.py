from datetime import datetime
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

NOTE = "As it was agreed before."


def agree(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the fee of each partner its first version with each creator that it hands over for, accepted by both."""
    partners = apps.get_model("pickups", "Partner")
    creators = apps.get_model("drops", "Creator")
    now = timezone.now()
    for partner in partners.objects.exclude(payee=None).exclude(fee_fixed_minor=0, fee_bp=0).order_by("pk"):
        served = creators.objects.filter(pickup_locations__partner=partner, currency=partner.payee.currency)
        for creator in served.distinct().order_by("pk"):
            _agree(apps, creator, partner, now)


def put_back(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write what is in effect into the fee again: one for all creators, so the last that was agreed."""
    agreements = apps.get_model("drops", "PartnerAgreement")
    for partner in apps.get_model("pickups", "Partner").objects.exclude(payee=None).order_by("pk"):
        rows = agreements.objects.filter(partner=partner.payee_id, state="accepted", effective_at__lte=timezone.now())
        last = rows.order_by("-effective_at", "-pk").first()
        if last is not None:
            partner.fee_fixed_minor, partner.fee_bp = last.fixed_minor, last.bp
            partner.save(update_fields=["fee_fixed_minor", "fee_bp"])


def _agree(apps: Apps, creator: Any, partner: Any, now: datetime) -> None:
    agreements = apps.get_model("drops", "PartnerAgreement")
    if agreements.objects.filter(creator=creator, partner=partner.payee_id).exists():
        return  # this ran before and was undone; what was agreed then is kept
    if creator.payee_id is None:
        # Usually made at the first sale; somebody has to be the one who accepted.
        payees = apps.get_model("drops", "Payee")
        creator.payee = payees.objects.create(kind="creator", name=creator.name, currency=creator.currency)
        creator.save(update_fields=["payee"])
    agreement = agreements.objects.create(
        version=1,
        creator=creator,
        partner_id=partner.payee_id,
        fixed_minor=partner.fee_fixed_minor,
        bp=partner.fee_bp,
        valid_from=now,
        note=NOTE,
        proposed_by="shop",
        proposed_at=now,
    )
    for payee_id in (creator.payee_id, partner.payee_id):
        apps.get_model("drops", "Acceptance").objects.create(
            partner_agreement=agreement, payee_id=payee_id, accepted_by="shop", accepted_at=now
        )
    agreement.state, agreement.closed_by, agreement.closed_at, agreement.effective_at = "accepted", "shop", now, now
    agreement.save(update_fields=["state", "closed_by", "closed_at", "effective_at"])


class Migration(migrations.Migration):
    dependencies = [
        ("pickups", "0003_shelf"),
        ("drops", "0049_partner_agreements"),
    ]

    operations = [migrations.RunPython(agree, put_back)]
