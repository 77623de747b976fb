"""Who works for the participant in the role, and the systems that act for it."""
