"""How people speak and work: residents' words and moods, staff's delays and skill. Pure and seeded."""
