"""The rules of agreements, one module a kind of rule; each gives all that is wrong in one pass.

`parties`: who may register what, with whom. `dates`: days ahead, day and month boundaries. `one_point`: what must or
must not stand at the same point. `portfolio`: who stands in whose portfolio. `consequences`: what one agreement does to
others. Source: `1-market.md`, "Agreements".
"""
