"""The technical ground of every service."""

import os

# No process of ours goes on with gRPC after a fork. Left on, gRPC's handlers write a line past the log each time that
# uvloop starts a program, and they read this when gRPC is imported first, which is after the kit.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
