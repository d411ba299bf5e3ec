"""Expressions that have names of their own, or put one into the block around: comprehensions, lambdas, `:=`."""

import ast

from nbprod.semantic.expressions import assign, element
from nbprod.semantic.facts import Function, Scope
from nbprod.semantic.values import Tag, Value, merge_lineage, merge_tags
from nbprod.semantic.walk import Walk, expression


@expression(ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
def _comprehension(walk: Walk, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
    outer = walk.scope
    first, *rest = node.generators
    source = walk.value(first.iter)  # the outermost iterable is evaluated outside
    walk.scope = Scope(outer)
    try:
        assign(walk, first.target, element(source), "for")
        walk.all_values(first.ifs)
        for generator in rest:
            assign(walk, generator.target, element(walk.value(generator.iter)), "for")
            walk.all_values(generator.ifs)
        if isinstance(node, ast.DictComp):
            walk.value(node.key)
            item = walk.value(node.value)
        else:
            item = walk.value(node.elt)
    finally:
        walk.scope = outer
    tags = merge_tags((item, source), Tag.INHERITED)
    lineage = merge_lineage((item, source))
    if isinstance(node, ast.DictComp):
        return Value(type="builtins.dict", lineage=lineage, tags=tags)
    return Value(type="builtins.list", items=(item,), lineage=lineage, tags=tags)


@expression(ast.NamedExpr)
def _walrus(walk: Walk, node: ast.NamedExpr) -> Value:
    value = walk.value(node.value)
    inner = walk.scope
    while walk.scope.is_comprehension and walk.scope.parent is not None:  # the name is one of the block around
        walk.scope = walk.scope.parent
    assign(walk, node.target, value)
    walk.scope = inner
    return value


@expression(ast.Lambda)
def _lambda(walk: Walk, node: ast.Lambda) -> Value:
    walk.all_values((*node.args.defaults, *node.args.kw_defaults))
    function = walk.functions.get(node)
    if function is None:
        function = walk.functions[node] = Function(node, walk.cell, walk.scope, walk.stmt)
    return Value(definition=function, name=f"__main__.{function.name}")
