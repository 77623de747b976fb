"""The pages in a real browser, on the product as it runs in the field."""
