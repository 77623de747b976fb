"""Writes of connection requests.

`requests`: what suppliers ask, change and cancel. `answers`: what operators answer. `retention`: what was kept long
enough.
"""
