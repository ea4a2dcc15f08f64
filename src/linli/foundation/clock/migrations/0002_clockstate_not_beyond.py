from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clock", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="clockstate",
            name="not_beyond",
            field=models.DateTimeField(
                blank=True,
                help_text="simulated time at which it waits until what happened before is stored",
                null=True,
            ),
        ),
    ]
