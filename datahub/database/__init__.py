"""The database backend of the settings (ENGINE): Django's own for PostgreSQL, with cheaper kept connections."""
