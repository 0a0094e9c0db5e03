"""Whether torch.compile can work here. Free of torch: asked before a run is queued."""

import os
import shutil

from rdfia_core.errors import ConfigError

COMPILERS = ("g++", "clang++", "c++", "cl")


def check_compiler() -> None:
    """Refuse to compile a network where there is no C++ compiler, which torch.compile calls.

    Raises:
        ConfigError: If none of `COMPILERS` is on the path, and the variable CXX names none.
    """
    names = [name for name in (os.environ.get("CXX", ""), *COMPILERS) if name]
    if any(shutil.which(name) for name in names):
        return
    raise ConfigError(
        "The 'compile' parameter must be false on this server: torch.compile needs a C++ compiler, "
        f"and found none of {', '.join(COMPILERS)}. Got true.",
        "compile",
    )
