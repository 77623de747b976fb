"""The data tracker: who has seen a customer's data. Source: `5-web.md`, "Data tracker"."""
