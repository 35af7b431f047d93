"""Whether what arrives may be stored: by the kind of event that its session is.

A batch says it in its info, or an earlier one of its session has: devices of version 0.1 said it
in their first batch alone. What says none, or none that is known, waits in quarantine until the
operator states it; what names work or education is counted and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from laughtrack.analytics.store.session_info import RETAGGED, RETITLED
from laughtrack.analytics.store.sessions import stored_contexts
from laughtrack.edge.contexts import KINDS_IN_WORDS, ForbiddenContext, check_context, check_title
from laughtrack.edge.readings import Batch

# Sessions whose context is remembered; the store is asked again for the rest.
_MOST_SESSIONS = 10_000

_Pair = tuple[str, str]


class Contexts:
    """What the sessions are that batches come from.

    Parameters
    ----------
    store : str
    stated : str, optional
        By the operator, as `edge.contexts.check_context` returns it: for all that say none, or none
        that is known.
    """

    def __init__(self, store: str, stated: str | None = None) -> None:
        self._store, self._stated = store, stated
        # By (session, device): the context, or None if it is a forbidden one.
        self._known: dict[_Pair, str | None] = {}

    def checked(self, batches: Sequence[Batch]) -> list[Batch | ValueError]:
        """Return each batch, its context by the one name; or why it may not be stored.

        Parameters
        ----------
        batches : sequence of Batch
            A group, in any order.

        Returns
        -------
        list of Batch or ValueError
            One for each; `edge.contexts.ForbiddenContext` for what is to be kept nowhere.

        Raises
        ------
        StoreError
            The store cannot be read.
        """
        found = [self._said(each) for each in batches]
        silent = {_pair(each) for each, said in zip(batches, found, strict=True) if said is None}
        self._look_up(silent - set(self._known))
        return [self._judged(each, said) for each, said in zip(batches, found, strict=True)]

    def _said(self, batch: Batch) -> str | ValueError | None:
        """Return the context that a batch names, what is wrong with it, or None: it names none."""
        try:
            for title in _titles(batch.info):
                check_title(title)
        except ValueError as error:
            # A title is a hint and no proof: the operator may know better.
            return ValueError(str(error))
        said = batch.info.get("context")
        if said is None:
            return None
        try:
            context = check_context(said if isinstance(said, str) else str(said))
        except ForbiddenContext as error:
            self._remember(_pair(batch), None)
            return error
        except ValueError as error:
            return error
        self._remember(_pair(batch), context)
        return context

    def _judged(self, batch: Batch, said: str | ValueError | None) -> Batch | ValueError:
        if isinstance(said, ForbiddenContext):
            return said
        if self._known.get(_pair(batch), "") is None:
            return ForbiddenContext(
                f"context of session {batch.session!r} is work or education (AI Act, Article "
                "5(1)(f)), by another of its batches"
            )
        if said is None and _pair(batch) in self._known:
            return batch
        if isinstance(said, str):
            same = batch.info["context"] == said
            return batch if same else batch._replace(info={**batch.info, "context": said})
        if self._stated is not None:
            return batch._replace(info={**batch.info, "context": self._stated})
        what = "it names no context" if said is None else str(said).partition(": one of")[0]
        return ValueError(
            f"{what}: say what kind of event session {batch.session!r} was, and it is taken in: "
            f"laughtrack ingest --context KIND FILE; kinds are {KINDS_IN_WORDS}"
        )

    def _look_up(self, pairs: set[_Pair]) -> None:
        for pair, contexts in stored_contexts(self._store, pairs).items():
            for said in contexts:
                try:
                    self._remember(pair, check_context(str(said)))
                except ForbiddenContext:
                    self._remember(pair, None)
                    break
                except ValueError:
                    # Of version 0.1, which took any word.
                    continue

    def _remember(self, pair: _Pair, context: str | None) -> None:
        # Once forbidden, for good: no later batch makes it another session.
        if self._known.get(pair, "") is not None:
            self._known.pop(pair, None)
            self._known[pair] = context
        while len(self._known) > _MOST_SESSIONS:
            del self._known[next(iter(self._known))]


def _titles(info: dict[str, Any]) -> list[str]:
    """Return the texts of a batch's info that say what was shown: titles and tags."""
    tags = [info.get(name) for name in ("tags", RETAGGED)]
    values = [value for each in tags if isinstance(each, dict) for value in each.values()]
    texts = [info.get("title"), info.get(RETITLED), *values]
    return [each for each in texts if isinstance(each, str)]


def _pair(batch: Batch) -> _Pair:
    return batch.session, batch.device
