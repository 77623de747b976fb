"""Who has access to a customer's data by her word, and how she ends it."""
