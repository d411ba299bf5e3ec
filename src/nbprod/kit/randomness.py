"""What rules must agree on about randomness: which steps that a result depends on nothing seeds."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from math import inf
from typing import Final

from nbprod.kit.context import Context
from nbprod.kit.scoring import scores_of
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Call, Event, EventKind, Seed, Value

_SEEDS: Final = ("random_state", "seed", "random_seed")
"""How parameters are called that take a plain number."""

_ENSEMBLES: Final = lazy_pattern(r"\w*(?:Bagging|AdaBoost|RUSBoost|EasyEnsemble)(?:Classifier|Regressor)")
_SEEDING: Final = lazy_pattern(
    r"(?:set_|fix_|init_|manual_|same_)?(?:all_|global_|random_|manual_)*seeds?(?:_everything|_all|_torch|_random)?"
)


class Randomness:
    """The random steps that a score or a deliverable of the notebook depends on, by how they are seeded.

    A step is a call that draws numbers, or makes an estimator that will. Options that can't be seen
    (`**options`) get the benefit of the doubt. Steps in functions that nobody calls do not count.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._model = ctx.model

    @cached_property
    def unseeded(self) -> list[Event]:
        """Steps that come out differently on every run, one for each call, in order."""
        return [event for event in self._without_own_seed if not self._is_seeded_globally(event)]

    @cached_property
    def seeded_globally(self) -> list[Event]:
        """Estimators, splits and samples that only have the seed of a global generator, not one of their own."""
        return [
            event
            for event in self._without_own_seed
            if event.seed is not None
            and _name(event.seed) == "random_state"
            and self._is_seeded_globally(event)
            and not repeats(event)
        ]

    @cached_property
    def _without_own_seed(self) -> list[Event]:
        found = {
            event.node: event
            for event in self._model.events
            if event.seed is not None
            and self._matters(event)
            and not _is_seeded(event)
            and event not in self._seeded_elsewhere
            and (event.stmt.function is None or event.call.via is not None)
        }
        return list(found.values())

    def _matters(self, event: Event) -> bool:
        """Whether something is learned from it, or a split of it delivered, and a result follows."""
        if event.order > self._last_result:
            return False
        delivered = event.kind is EventKind.SPLIT and event in self._delivered
        return delivered or event.kind is EventKind.FIT or event in self._learned

    @cached_property
    def _last_result(self) -> int:
        """The order of the last score (the best of a search is one) or delivery."""
        fits, scores = self._model.events_of(EventKind.FIT), self._model.events_of(EventKind.EVALUATE)
        searches = [event for event in fits if event.detail == "search"]
        results = (*scores, *searches, *self._ctx.purpose.deliveries, *self._judged_by_hand(fits))
        return max((event.order for event in results), default=-1)

    def _judged_by_hand(self, fits: Sequence[Event]) -> Iterator[Event]:
        """The trainings after which predictions are held against the truth: `correct += (net(x) == y).sum()`."""
        last = max((score.cell for score in scores_of(self._ctx).by_hand), default=-1) if fits else -1
        return (fit for fit in fits if fit.cell <= last)

    @cached_property
    def _learned(self) -> set[Event]:
        """What is fitted or scored descends from these."""
        return _origins(self._model.events_of(EventKind.FIT, EventKind.EVALUATE))

    @cached_property
    def _delivered(self) -> set[Event]:
        return _origins(self._ctx.purpose.deliveries)

    @cached_property
    def _seeded_elsewhere(self) -> set[Event]:
        """Estimators that get their seed from a grid of parameters, or later."""
        seeded: set[Event] = set()
        for call in self._model.calls_named(lambda name: name.endswith("SearchCV")):
            if call.args and any(map(_holds_seed, _arguments(call))):
                seeded |= call.args[0].lineage
        for call in self._model.calls_named(_ENSEMBLES.fullmatch):  # they hand their seed on to what they repeat
            base = call.argument(0, "estimator") or call.keywords.get("base_estimator")
            if base is not None and any(
                _names_seed(key) and call.keywords[key].const is not None for key in call.keywords
            ):
                seeded |= base.lineage
        for call in self._model.calls_named("set_params".__eq__):
            if call.receiver is not None and any(map(_names_seed, call.keywords)):
                seeded |= call.receiver.lineage
        return seeded

    def _is_seeded_globally(self, event: Event) -> bool:
        generators = event.seed.generators if event.seed is not None else ()
        if not generators:
            return False
        seeded = all(self._first_seed.get(name, event.order) < event.order for name in generators)
        return seeded or self._unknown_seeding <= event.cell

    @cached_property
    def _first_seed(self) -> dict[str, int]:
        """The order of the first event that seeds each global generator."""
        first: dict[str, int] = {}
        for event in self._model.events_of(EventKind.SEED):
            for generator in event.detail.split():
                first.setdefault(generator, event.order)
        return first

    @cached_property
    def _unknown_seeding(self) -> float:
        """The first cell that calls somebody's `set_seed`: who knows what it seeds."""
        return min(
            (
                call.cell
                for call in self._model.calls_named(_SEEDING.fullmatch)
                if call.function.definition is None and not call.events
            ),
            default=inf,
        )


def _origins(events: Iterable[Event]) -> set[Event]:
    """What the inputs of events, and the objects that they are done to, descend from."""
    found: set[Event] = set()
    for event in events:
        found |= event.lineage
        folds = event.call.keywords.get("cv")
        if folds is not None:
            found |= folds.lineage
        if event.subject is not None:
            found |= event.subject.lineage
    return found


def takes_number(event: Event) -> bool:
    """Whether a plain number can be passed as the seed."""
    return event.seed is not None and _name(event.seed) in _SEEDS


def repeats(event: Event) -> bool:
    """Whether the step stands in a loop that does the same again and again: one seed would always give the same."""
    for outer in event.stmt.ancestors():
        match outer.node:
            case ast.For(target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"))):
                read = {node.id for node in ast.walk(event.node) if isinstance(node, ast.Name)}
                return name not in read
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return False
    return False


def _name(seed: Seed) -> str:
    return seed.parameter[1] if seed.parameter is not None else ""


def _is_seeded(event: Event) -> bool:
    """Whether the call gets, or may get, a seed."""
    if event.seed is None or event.call.open:
        return True
    given = event.call.argument(*event.seed.parameter) if event.seed.parameter is not None else None
    return given is not None and given.const is not None


def _arguments(call: Call) -> list[Value]:
    return [*call.args, *call.keywords.values()]


def _holds_seed(value: Value) -> bool:
    grids = [value, *value.elements] if isinstance(value.items, tuple) else [value]
    return any(_names_seed(key) for grid in grids if isinstance(grid.items, dict) for key in grid.items)


def _names_seed(key: object) -> bool:
    return isinstance(key, str) and key.endswith(_SEEDS)
