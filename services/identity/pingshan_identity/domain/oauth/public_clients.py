"""How often somebody may use a public client's id, which anybody may know, to have something kept for a while.

A client that proves itself is not counted. A network is many people, and a client is many networks: their budgets are
far above what a district does, and only bound how many rows are kept.
"""

from datetime import timedelta

from pingshan_values.budget import Budget

PUSHED_ON_NETWORK = Budget(600, timedelta(minutes=1))
"""Authorization requests that one network pushes for one client (RFC 9126 section 2.3)."""
PUSHED = Budget(6_000, timedelta(minutes=1))
"""Authorization requests that are pushed for one client."""
DEVICES_ON_NETWORK = Budget(60, timedelta(minutes=10))
"""Devices of one network that ask for codes of one client; a code is kept for a day."""
DEVICES = Budget(600, timedelta(minutes=10))
"""Devices that ask for codes of one client."""
