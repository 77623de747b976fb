"""What is written of parties: who they are, what they hold, and the systems that act for them."""
