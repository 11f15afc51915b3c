"""How many verifications there are without a sign-in: by one address, and by all together."""

from datetime import timedelta

from pingshan_values.budget import Budget

BY_ADDRESS = Budget(most=30, within=timedelta(minutes=10))
"""A family behind one address compares all its papers; whoever tries identifiers out gets three a minute."""
BY_ALL = Budget(most=1_200, within=timedelta(minutes=1))
"""The rest of what one process can verify is for counters and agencies' systems."""
