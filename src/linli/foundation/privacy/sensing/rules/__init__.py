"""What may be sensed where, as plain functions on plain data."""
