"""What the pages of enquiries and of connection requests have in common.

`steps`: the history as people read it. `forms`: filters, comments, and forms that notice what was saved meanwhile.
"""
