"""Giving a company access, step by step: chosen in the portal, or begun by a link of the company's own."""
