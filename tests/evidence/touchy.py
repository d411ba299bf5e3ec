"""Objects that must never be touched: whatever is done to them is noted, and fails."""

from typing import Any

touched: list[str] = []
"""What was done to any of them since it was last emptied."""
_armed: list[bool] = []


def arm() -> None:
    """From now on nothing may touch them: until then libraries may, while a test hands them over."""
    touched.clear()
    _armed.append(True)


def disarm() -> None:
    _armed.clear()


def _trap(name: str, fallback: Any) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _armed:
            touched.append(name)
            raise RuntimeError(name)
        return fallback(self, *args, **kwargs)

    return method


_PLAIN = ("__repr__", "__str__", "__eq__", "__ne__", "__hash__", "__sizeof__", "__dir__", "__reduce_ex__", "__format__")
_EXTRA = {
    "__len__": lambda self: 0,
    "__bool__": lambda self: True,
    "__iter__": lambda self: iter(()),
    "__contains__": lambda self, item: False,
    "__call__": lambda self, *args: None,
    "__lt__": lambda self, other: False,
    "__float__": lambda self: 0.0,
    "__int__": lambda self: 0,
    "__index__": lambda self: 0,
    "__deepcopy__": lambda self, memo: self,
    "__copy__": lambda self: self,
}
_METHODS = {name: _trap(name, getattr(object, name)) for name in _PLAIN}
_METHODS |= {name: _trap(name, fallback) for name, fallback in _EXTRA.items()}


class TouchyMeta(type):
    __eq__ = _trap("meta.__eq__", lambda cls, other: cls is other)
    __hash__ = _trap("meta.__hash__", type.__hash__)
    __getattribute__ = _trap("meta.__getattribute__", type.__getattribute__)
    __instancecheck__ = _trap("meta.__instancecheck__", type.__instancecheck__)
    __subclasscheck__ = _trap("meta.__subclasscheck__", type.__subclasscheck__)
    __repr__ = _trap("meta.__repr__", type.__repr__)


Touchy = TouchyMeta("Touchy", (), {"__getattribute__": _trap("__getattribute__", object.__getattribute__), **_METHODS})


class Lying(metaclass=TouchyMeta):
    """Says of itself that it is something that may be looked at."""

    __module__ = "pandas"
    __class__ = property(_trap("__class__", lambda self: dict))  # type: ignore[assignment]
    __len__ = _trap("__len__", lambda self: 0)


Lying.__qualname__ = "DataFrame"
