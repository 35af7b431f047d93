"""The parts of a function's name."""


class FunctionArnFields:
    """An ARN, with or without its version."""

    def __init__(self, arn):
        parts = arn.split(":")
        self.unqualified_arn = ":".join(parts[:7])
        self.qualifier = parts[7] if len(parts) > 7 else ""

    @staticmethod
    def build_function_arn(unqualified_arn, qualifier):
        """Join the two."""
        return f"{unqualified_arn}:{qualifier}" if qualifier else unqualified_arn
