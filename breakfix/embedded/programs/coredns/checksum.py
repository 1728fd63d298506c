"""The checksum by which CoreDNS's reload plugin knows a configuration."""

from __future__ import annotations

import hashlib
import json

from breakfix.embedded.programs.coredns.corefile import Block
from breakfix.embedded.programs.coredns.tokens import Token


def checksum(blocks: list[Block], file: str) -> str:
    """The SHA512 of the blocks; `file` is the Corefile."""
    shown = [
        {
            "Keys": block.keys,
            "Tokens": {
                name: [_shown(t, file) for t in tokens]
                for name, tokens in sorted(block.tokens.items())
            },
        }
        for block in blocks
    ]
    text = json.dumps(shown, separators=(",", ":"), ensure_ascii=False) if shown else "null"
    for sign, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(sign, escaped)
    return hashlib.sha512(text.encode()).hexdigest()


def _shown(token: Token, file: str) -> dict[str, str | int]:
    """Only imported words tell their file."""
    return {
        "File": "" if token.file == file else token.file, "Line": token.line, "Text": token.text,
    }  # fmt: skip
