"""The parts of a page, each a heading and what stands under it."""
