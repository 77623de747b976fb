"""The answers of saving services, kept so that a repeat is answered as the first was."""

from django.db import models

from datahub import partitions

KEPT_DAYS = 7


class StoredAnswer(models.Model):
    """What a saving service answered to one identification of one participant, kept for seven days."""

    pk = models.CompositePrimaryKey("participant_id", "identification", "stored_at")
    participant_id = models.BigIntegerField()
    identification = models.UUIDField()
    stored_at = models.DateTimeField()
    service = models.CharField(max_length=200)
    body_hash = models.BinaryField()
    answer_identification = models.UUIDField()
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    answer = models.BinaryField()

    class Meta:
        db_table = "wire_stored_answer"

    def __str__(self) -> str:
        return f"answer to {self.identification}"


STORED_ANSWERS = partitions.register(
    partitions.PartitionedTable("wire_stored_answer", step="day", back=1, ahead=14, keep_days=KEPT_DAYS)
)
