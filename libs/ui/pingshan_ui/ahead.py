"""Compiles the templates of every page when it is imported, for a process from which services are forked."""

from pathlib import Path

from pingshan_ui.environment import environment

environment(Path(), zh="", en="")
