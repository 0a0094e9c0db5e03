"""The core of RDFIA Playground: everything that would survive a change of user interface."""

__version__ = "0.1.0"
