"""Google Cloud: schema archive, provider and sandbox. Knows no other cloud."""
