"""A year of devices with planted troubles, for measuring what the rules see of them. Pure and seeded; no instance runs."""
