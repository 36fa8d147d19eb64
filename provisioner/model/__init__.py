"""The nouns of orch: frozen data and nothing else.

Standard library only, no callables inside data, no clock, no file, no network. Every other room speaks in these types.
"""
