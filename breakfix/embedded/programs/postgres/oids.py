"""OIDs of data types, as pg_type has them."""

from __future__ import annotations

INT4, FLOAT8, TEXT = 23, 701, 25
