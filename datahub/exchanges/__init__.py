"""What enquiries and connection requests have in common: a supplier asks an operator about a customer's metering point.

Both are kept as what the supplier asked with the operator's one answer, both are scanned for what the other side saved.
Source: `4-exchanges.md`.
"""
