"""Background jobs: the dispatcher's loop, the engines that start workers, the worker itself."""
