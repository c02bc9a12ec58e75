"""Paid calls. `transport.py` tells the whole way of one: permit, key, sending, outcome.

call            a call to be made, and its key
transport       the way: look up, wait for a permit, send, and what comes of it
outcomes        settling, noting, storing, and the errors of what was not served
server          address, connections, cleaned words; keys: their rotation
replies         a response as it is meant; troubles: errors in bodies; streams: events
rejections      why a call was turned away; rate_headers: what is left of the limits
habits          what a server does not take, learned and left out
usage           what a call really used
threshold_limiter   the rule to compare the fleet's limiter with
"""
