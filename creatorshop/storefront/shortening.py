"""
Gives the widget's own variables and private members names of a letter or two, which makes the packed script an eighth smaller.

It knows statements, not scopes: within a statement of the module, or a member of one of its classes, a name is shortened wherever
it stands for a variable or nowhere, and no two names become one, so that what was shadowed stays shadowed. Names after a point or
before a colon belong to somebody else (the browser, the wire) and are left alone. Line breaks in templates go, too: ours hold
styles. A minifier from outside would do it as well, but those that Python has read an older language, or have no wheel for a Mac.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise, product
from string import ascii_lowercase, ascii_uppercase

from creatorshop.storefront.scripts import CLOSING, WORDS, Token, end_of, read

# One function's names are made of the letters that other words have most of: they pack better.
_WIDE = ascii_lowercase + ascii_uppercase
_NEAR = "etnsoiarclhdpufmgbyvwkqxjz" + ascii_uppercase
_BEFORE_NAME = frozenset(["(", ",", "=", "=>", ":", "?", "&", "|", "!"])
_NEEDS_SPACE = re.compile(r"[\w$#][\w$]|\+\+|--")
_BINDING = frozenset(["(", ",", "{", "[", ":", "..."])


def shorten(script: str) -> str:
    """
    Return the same script with short names of its own, and without what it can do without.

    :raises ValueError: if it is written in a way that we do not write.
    """
    tokens = read(script)
    _name(tokens)
    _squeeze(tokens)
    return _joined(token.text for token in tokens)


def _squeeze(tokens: list[Token]) -> None:
    """Leave out what says nothing: the last semicolon of a block, the last comma of a list, parentheses around a mere name."""
    for at, (token, after) in enumerate(pairwise(tokens)):
        if token.kind == "text":
            token.text = token.text.replace("\n", "")
        elif (token.text == ";" and after.text == "}") or (token.text == "," and after.text in CLOSING):
            token.text = ""
        elif token.text == "(" and at and tokens[at - 1].text in _BEFORE_NAME:
            end = end_of(tokens, at)
            inner = tokens[at + 1 : end]
            is_name = (
                all(each.kind == "name" or each.text == "." for each in inner)
                and inner
                and inner[0].text not in WORDS - {"this"}
            )
            if is_name and (len(inner) == 1 or tokens[end + 1].text != "=>"):
                token.text = tokens[end].text = ""


def _joined(texts: Iterable[str]) -> str:
    written = ""
    for text in texts:
        if written and text and _NEEDS_SPACE.fullmatch(written[-1] + text[0]):
            written += " "
        written += text
    return written


def _name(tokens: list[Token]) -> None:
    """Write short names into the tokens: first those that the whole script knows, then those of each part."""
    declared = _declared(tokens)
    variables = [token for token in tokens if token.role in ("variable", "shorthand")]
    own = {token.text for token in declared if token.part is None or token.is_of_module}
    somebodys = {token.text for token in variables} - {token.text for token in declared}
    everywhere = _short(
        _by_count(token.text for token in variables if token.text in own), taken=somebodys, letters=_WIDE
    )
    privates = _short(_by_count(token.text for token in tokens if token.role == "private"), taken=set(), letters=_NEAR)
    in_part: dict[int | None, list[Token]] = {}
    for token in variables:
        in_part.setdefault(token.part, []).append(token)
    for part, inner in in_part.items():
        local = {token.text for token in declared if token.part == part} - own
        known = {everywhere.get(token.text, token.text) for token in inner if token.text not in local}
        names = everywhere | _short(
            _in_order(token.text for token in inner if token.text in local), taken=known, letters=_NEAR
        )
        for token in inner:
            name = names.get(token.text, token.text) if token.text in own | local else token.text
            token.text = f"{token.text}:{name}" if token.role == "shorthand" and name != token.text else name
    for token in tokens:
        if token.role == "private":
            token.text = f"#{privates[token.text]}"


def _by_count(names: Iterable[str]) -> list[str]:
    return [name for name, _ in sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0]))]


def _in_order(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _short(names: list[str], *, taken: set[str], letters: str) -> dict[str, str]:
    free = ("".join(chosen) for length in (1, 2) for chosen in product(letters, repeat=length))
    return dict(zip(names, (name for name in free if name not in taken and name not in WORDS), strict=False))


def _declared(tokens: list[Token]) -> list[Token]:
    found = []
    for at, token in enumerate(tokens):
        before = tokens[at - 1].text if at else ""
        after = tokens[at + 1].text if at + 1 < len(tokens) else ""
        if token.role == "variable" and (before in ("const", "let", "class", "function") or after == "=>"):
            found.append(token)
        if token.text in ("const", "let") and after in ("{", "["):
            found += _bound_in(tokens, at + 1)
        if token.kind == "mark" and token.text == "(" and _takes_parameters(tokens, at):
            found += _bound_in(tokens, at)
    return found


def _takes_parameters(tokens: list[Token], opening: int) -> bool:
    end = end_of(tokens, opening)
    after = tokens[end + 1].text if end + 1 < len(tokens) else ""
    is_condition = opening > 0 and tokens[opening - 1].text in ("if", "for", "while", "switch")
    return after == "=>" or (after == "{" and not is_condition)


def _bound_in(tokens: list[Token], opening: int) -> list[Token]:
    """Return the names that a pattern or a list of parameters binds; what it only mentions stands after `=`."""
    inner = range(opening + 1, end_of(tokens, opening))
    return [
        tokens[at]
        for at in inner
        if tokens[at].role in ("variable", "shorthand")
        and tokens[at - 1].text in _BINDING
        and (tokens[at].opened_at == opening or tokens[at].inside in ("object", "["))
    ]
