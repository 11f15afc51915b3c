"""The kit's part of every service's migration history."""
