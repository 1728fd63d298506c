"""The messages that answer a query: of results, and of errors."""

from __future__ import annotations

from breakfix.embedded.programs.postgres import protocol
from breakfix.embedded.programs.postgres.errors import SqlError
from breakfix.embedded.programs.postgres.results import Result


def result_messages(result: Result) -> bytes:
    """The messages of a result."""
    data = protocol.notice_response(*result.notice) if result.notice else b""
    if result.columns is not None:
        data += protocol.row_description(result.columns, result.types)
        for row in result.rows:
            data += protocol.data_row(row)
    return data + protocol.command_complete(result.tag)


def error_message(error: SqlError) -> bytes:
    """The message of an error."""
    return protocol.error_response(
        error.code, error.message, "ERROR", error.detail, error.position, error.hint
    )
