"""Customer enquiries: what suppliers ask operators about a customer's grid service. Source: `4-exchanges.md`."""
