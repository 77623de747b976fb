"""How dates and times are written where a language's own form lacks something."""
