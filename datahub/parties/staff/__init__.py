"""How staff sign in to the admin: a password and a second factor. Source: `5-web.md`, "Signing in"."""
