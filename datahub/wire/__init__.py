"""The API's frame: tokens, envelope, context, idempotency, errors, paging, OpenAPI."""
