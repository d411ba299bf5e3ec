"""Walks over syntax trees."""

import ast

from nbprod.kit.blocks import walk_block


def test_a_mark_on_a_node_that_all_trees_share_leads_nowhere() -> None:
    tree = ast.parse("x = 1 + 2\nif x in y and not z: pass")
    shared = [node for node in ast.walk(tree) if not node._fields]
    for node in shared:
        node.parent = tree  # type: ignore[attr-defined]  # as debuggers and tracebacks do
    try:
        nodes = list(walk_block(tree.body))
    finally:
        for node in shared:
            if hasattr(node, "parent"):
                del node.parent
    assert len(nodes) == len({id(node) for node in nodes})
    assert {type(node).__name__ for node in nodes} >= {"Assign", "BinOp", "Constant", "Compare", "BoolOp"}
