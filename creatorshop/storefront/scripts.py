"""
Reads the widget's JavaScript as words and marks, and tells of each name what it stands for.

It is no parser for all there is. It reads what we write: one function around everything, semicolons, no labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

WORDS = frozenset(
    [
        "async",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "default",
        "delete",
        "do",
        "else",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "from",
        "function",
        "get",
        "if",
        "import",
        "in",
        "instanceof",
        "let",
        "new",
        "null",
        "of",
        "return",
        "set",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "undefined",
        "void",
        "while",
    ]
)
CLOSING = {")": "(", "]": "[", "}": "{"}
_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<number>\.?\d[\w.]*)|(?P<name>\#?[A-Za-z_$][\w$]*)"""
    r"""|(?P<mark>\.\.\.|\?\.(?!\d)|=>|\+\+|--|[^`])""",
    re.DOTALL,
)
_TEXT = re.compile(r"(?:\\.|\$(?!\{)|[^`\\$])*(?:`|\$\{)", re.DOTALL)
_PATTERN = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\[])+/[a-z]*")
_BEFORE_PATTERN = frozenset(["(", ",", "=", ":", "[", "!", "&", "|", "?", "{", "}", ";", "=>", "return"])
_BEFORE_BLOCK = frozenset([")", "=>", ";", "{", "}", "else", "try", "finally", "do", "catch"])


@dataclass
class Token:
    kind: str
    text: str
    # What surrounds it: "(", "[", "block", "object", "class", or "text" inside a template; and where that began.
    inside: str = ""
    opened_at: int = -1
    # The statement of the module, or the member of a class, that it is a part of; none for what is said outside.
    part: int | None = None
    is_of_module: bool = False
    role: str = ""


def read(script: str) -> list[Token]:
    """
    Return the words and marks of a script.

    :raises ValueError: if it is written in a way that we do not write.
    """
    tokens = [token for token in _tokens(script) if token.kind != "space"]
    _surround(tokens)
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        if token.kind == "name":
            token.role = _role(before.text if before else "", token, after.text if after else "")
    return tokens


def end_of(tokens: list[Token], opening: int) -> int:
    """Return where the bracket that opens here is closed."""
    return next(
        at
        for at in range(opening + 1, len(tokens))
        if tokens[at].text in CLOSING
        and tokens[at].inside == tokens[opening].inside
        and tokens[at].opened_at == tokens[opening].opened_at
    )


def _tokens(script: str) -> Iterator[Token]:
    at, before, open_braces = 0, "", list[str]()
    while at < len(script):
        is_text = script[at] == "`" or (script[at] == "}" and open_braces[-1:] == ["${"])
        if is_text:
            found = _TEXT.match(script, at + 1)
            kind = "text"
        elif script[at] == "/" and (not before or before in _BEFORE_PATTERN):
            found, kind = _PATTERN.match(script, at), "pattern"
        else:
            found = _TOKEN.match(script, at)
            kind = found.lastgroup or "" if found else ""
        if found is None:
            raise ValueError(f"Unable to read the widget's script at {script[at : at + 40]!r}")
        text = script[at : found.end()]
        if text.startswith("}") and open_braces:
            open_braces.pop()
        if kind == "mark" and text == "{":
            open_braces.append(text)
        if kind == "text" and text.endswith("${"):
            open_braces.append("${")
        yield Token(kind, text)
        at = found.end()
        if kind != "space":
            before = text


def _surround(tokens: list[Token]) -> None:
    around: list[tuple[str, int]] = [("block", -1)]
    part = 0
    for at, token in enumerate(tokens):
        if (token.kind == "text" and token.text.startswith("}")) or (token.kind == "mark" and token.text in CLOSING):
            around.pop()
        token.inside, token.opened_at = around[-1]
        # Inside the one function that is around everything.
        within = [kind for kind, _ in around[1:]]
        if "block" in within:
            token.part = part
            within = within[within.index("block") + 1 :]
            token.is_of_module = not within
            if token.text in (";", "}") and within in ([], ["class"]):
                part += 1
        if token.kind == "text" and token.text.endswith("${"):
            around.append(("text", at))
        elif token.kind == "mark" and token.text in "([":
            around.append((token.text, at))
        elif token.kind == "mark" and token.text == "{":
            around.append((_kind_of_brace([each.text for each in tokens[max(0, at - 4) : at]]), at))


def _kind_of_brace(before: list[str]) -> str:
    if "class" in before:
        return "class"
    return "block" if not before or before[-1] in _BEFORE_BLOCK else "object"


def _role(before: str, token: Token, after: str) -> str:
    """Return "private", "variable", "shorthand", or nothing for what is not ours to rename."""
    if token.text.startswith("#"):
        return "private"
    if token.text in WORDS or before in (".", "?."):
        return ""
    if token.inside == "class" and before in ("{", "}", ";", "static", "get", "set", "async"):
        return ""
    if token.inside == "object" and before in ("{", ",", "get", "set", "async"):
        return "shorthand" if after in (",", "}", "=") else ""
    return "variable"
