"""What goes wrong, with the truth of it; and what only looks as if it did. Pure and seeded."""
