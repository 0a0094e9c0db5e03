"""The errors we raise on purpose.

RdfiaError
├── ConfigError            a hyperparameter has a value that is not allowed (also a ValueError)
├── ShapeError             arrays do not fit together (also a ValueError)
├── UnknownExperimentError no experiment has that name (also a ValueError)
├── DataUnavailableError   a data set or data file cannot be had or read
├── StoreError             the run store cannot be read or written
│   ├── RunNotFoundError   no such run, or it belongs to somebody else
│   ├── ShareNotFoundError no such link, or it was revoked
│   └── BoardNotFoundError no such class board, or one that was not joined
└── LimitError             a limit of this server would be exceeded (queue, runs per owner)

Each message says what was wrong, what was expected, what was received, and what to do.
"""


class RdfiaError(Exception):
    """Base of every error that is meant to be read by a user."""


class ConfigError(RdfiaError, ValueError):
    """A hyperparameter has a value that is not allowed.

    Args:
        message: The whole sentence.
        field: Name of the hyperparameter at fault, empty if several are.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class ShapeError(RdfiaError, ValueError):
    """Arrays do not fit together."""


class UnknownExperimentError(RdfiaError, ValueError):
    """No experiment has that name."""


class DataUnavailableError(RdfiaError):
    """A data set or data file cannot be had, or is not in the expected format."""


class StoreError(RdfiaError):
    """The run store cannot be read or written."""


class RunNotFoundError(StoreError):
    """The run does not exist, or belongs to somebody else: the two look alike on purpose."""


class ShareNotFoundError(StoreError):
    """The link does not exist, or was revoked: the two look alike on purpose."""


class BoardNotFoundError(StoreError):
    """The class board does not exist, or the visitor has not joined it: the two look alike."""


class LimitError(RdfiaError):
    """A limit of this server would be exceeded."""
