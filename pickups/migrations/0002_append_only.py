"""What happened to a unit, and what a telephone was shown, stays written: corrections are new rows."""

from django.db import migrations

TABLES = ["pickups_pickupevent", "pickups_rosteract"]


class Migration(migrations.Migration):
    dependencies = [("pickups", "0001_initial"), ("drops", "0002_functions")]

    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION drops_refuse_change()",
            f"DROP TRIGGER {table}_is_append_only ON {table}",
        )
        for table in TABLES
    ]
