"""How often PyArrow asks an object store, by a name that PyIceberg is told in its properties."""

from __future__ import annotations

from pyarrow.fs import AwsStandardS3RetryStrategy  # pyright: ignore[reportUnknownVariableType] - has no types


class OneAttempt(AwsStandardS3RetryStrategy):  # pyright: ignore[reportUntypedBaseClass] - as above
    """Ask once: whoever waits for an answer can do without it."""

    def __init__(self) -> None:
        super().__init__(max_attempts=1)
