"""Writes of agreements.

`acts`: what participants register, change and delete; `deciding`: what comes of it; `previews`: the same for who asks
before. `follow_ups`: what an act between two parties does at many points, worked out afterwards. `general_services`:
telling of those that start. `customers`: what is known of a customer, which its providers keep. `take_over`: a market
that already stands elsewhere.
"""
