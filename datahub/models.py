"""No models: Django signals the end of migrations only to apps that have this module, and partitions are made then."""
