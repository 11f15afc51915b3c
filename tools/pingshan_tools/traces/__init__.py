"""Traces without Jaeger: the sink that keeps them, and the command that prints them."""
