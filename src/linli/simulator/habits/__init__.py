"""How people and machines behave by hour, weekday and season, and what a device would say of it. Pure and seeded."""
