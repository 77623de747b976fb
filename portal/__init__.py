"""All pages for people: what operators, suppliers and customers see. No rules of the market stand here."""
