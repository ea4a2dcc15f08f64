"""What a registry file may hold: pure functions on plain values (only ``gettext`` is borrowed from Django)."""
