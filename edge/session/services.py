"""What a device's sessions share: their settings, the scorer, the outbox and the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from laughtrack.edge.faces.finder import Finder
from laughtrack.edge.pipeline.batching import BatchLimits
from laughtrack.edge.session.metadata import session_metadata
from laughtrack.edge.tags import read_tags

if TYPE_CHECKING:
    from typing import Callable

    import numpy as np

    from laughtrack.edge.faces.choice import AnyFinder
    from laughtrack.edge.session.journal import Journal
    from laughtrack.edge.settings import Settings


class SessionSettings(NamedTuple):
    """The settings that sessions use: see `edge.settings.HELP`.

    `mode` is the setting "session", `topic` the topic that batches are sent to.
    """

    device: str
    site: str
    source: str
    mode: str
    title: str
    tags: str
    context: str
    rate_hz: float
    batch_s: float
    batch_readings: float
    scorer: str
    score_hz: float
    finder: str
    topic: str

    @classmethod
    def of(cls, settings: Settings) -> SessionSettings:
        """Take them from a device's."""
        return cls(
            device=settings.device,
            site=settings.site,
            source=settings.source,
            mode=settings.session,
            title=settings.title,
            tags=settings.tags,
            context=settings.context,
            rate_hz=settings.rate_hz,
            batch_s=settings.batch_s,
            batch_readings=settings.batch_readings,
            scorer=settings.scorer,
            score_hz=settings.score_hz,
            finder=settings.finder,
            topic=settings.topics().timeline,
        )

    def limits(self) -> BatchLimits:
        """Return when a batch is closed."""
        return BatchLimits(
            self.batch_s,
            max_readings=int(self.batch_readings),
            topic_bytes=len(self.topic.encode()),
        )

    def info(self) -> dict[str, Any]:
        """Return what a session's first batch says of how it was recorded."""
        tags = read_tags(self.tags)
        return {
            **session_metadata(
                self.title, self.context, 0.0, self.source, self.finder, self.scorer
            ),
            **({"tags": tags} if tags else {}),
            "settings": {
                "site": self.site,
                "rate_hz": self.rate_hz,
                "batch_s": self.batch_s,
                "session": self.mode,
                "scorer": self.scorer,
                "score_hz": self.score_hz,
                "finder": self.finder,
            },
        }


class SessionServices(NamedTuple):
    """What sessions share.

    `score` is as for `edge.pipeline.frame_pipeline.FramePipeline`; `keep` is given each closed
    batch's JSON, and must not fail; `new_finder` is as `edge.faces.choice.finder_maker` gives it.
    """

    settings: SessionSettings
    score: Callable[[np.ndarray], np.ndarray]
    keep: Callable[[bytes], object]
    journal: Journal
    new_finder: Callable[[], AnyFinder] = Finder
