"""The client portal: what customers see of their own data, and to whom they give access to it."""
