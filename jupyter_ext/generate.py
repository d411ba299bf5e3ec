"""Writes src/protocol.gen.ts from the structs of nbprod.protocol; with --check, only says whether it is up to date."""

import sys
from enum import EnumMeta
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from nbprod import protocol
from nbprod.config import UNIGNORABLE

TARGET = Path(__file__).parent / "src" / "protocol.gen.ts"
HEADER = "// Generated from src/nbprod/protocol.py by jupyter_ext/generate.py: do not edit.\n"
PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", NoneType: "null", Any: "unknown"}


def type_of(hint: Any) -> str:
    """The TypeScript form of a Python annotation."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return " | ".join(dict.fromkeys(type_of(arg) for arg in args))
    if origin in {tuple, list}:
        return f"readonly ({type_of(args[0])})[]"
    if origin is dict:
        return f"{{ readonly [key: string]: {type_of(args[1])} }}"
    return PLAIN.get(hint) or hint.__name__


def interface(struct: type[msgspec.Struct]) -> str:
    """The TypeScript interface of a struct."""
    lines = [f"export interface {struct.__name__} {{"]
    config = struct.__struct_config__
    if config.tag is not None:
        lines.append(f"  readonly {config.tag_field}: '{config.tag}';")
    hints = get_type_hints(struct)
    for name, wire in zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True):
        lines.append(f"  readonly {wire}: {type_of(hints[name])};")
    return "\n".join([*lines, "}"])


def generate() -> str:
    """The whole file."""
    parts = [HEADER, f"export const PROTOCOL_VERSION = {protocol.PROTOCOL_VERSION};"]
    names = ", ".join(f"'{name}'" for name in sorted(UNIGNORABLE))
    silent = "/** Rules that no comment, tag or metadata silences. */"
    parts.append(f"{silent}\nexport const UNIGNORABLE: readonly string[] = [{names}];")
    for value in vars(protocol).values():
        if getattr(value, "__module__", None) != protocol.__name__:
            continue
        if isinstance(value, EnumMeta):
            members = " | ".join(f"'{member.value}'" for member in value)  # type: ignore[var-annotated]
            parts.append(f"export type {value.__name__} = {members};")
        elif isinstance(value, type) and issubclass(value, msgspec.Struct) and value is not protocol.Wire:
            parts.append(interface(value))
    parts.append(f"export type Edit = {type_of(protocol.Edit)};")
    parts.append(f"export type Request = {type_of(protocol.Request)};")
    parts.append(f"export type Answer = {type_of(protocol.Answer)};")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    text = generate()
    if "--check" in sys.argv:
        if TARGET.read_text(encoding="utf-8") != text:
            sys.exit(f"{TARGET.name} is out of date: run `python jupyter_ext/generate.py`")
    else:
        TARGET.write_text(text, encoding="utf-8")
