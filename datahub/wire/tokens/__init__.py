"""Access tokens: the hub's own, or those of an outside OpenID provider. Source: `2-wire.md`, "Tokens"."""
