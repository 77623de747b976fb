"""Working what was saved into messages, and publishing them in an order that nobody can miss one of."""
