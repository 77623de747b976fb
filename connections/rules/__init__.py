"""The rules of connection requests. Source: `4-exchanges.md`, "Connection and disconnection requests".

`states`: what may be asked and answered. `transitions`: the one table of who may do what when. `conditions`: the
agreements that a request stands on. `requests`, `answers`: what is wrong with a save of either side.
"""
