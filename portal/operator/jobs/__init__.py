"""A person's imports: their list, how far each is, and what came of it."""
