"""Writes of access.

`access_log`: each read of a customer's data. `authorizations`: what customers give and revoke.
"""
