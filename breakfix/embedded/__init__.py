"""A Kubernetes (as of v1.34) in Python, for people who learn: real clients believe it.

It stands alone: nothing here imports the rest of breakfix, and nothing here knows a
scenario. Mechanisms are modelled, never answers. The rooms, from the inside out:

- `objects`, `fields`, `errors`, `quantities`, `selectors`, `clock`: the words of the trade
- `schema`: the structure of every kind; defaulting, pruning, strict decoding
- `patching`: JSON, merge, strategic merge and server-side apply
- `kinds`: what is particular to a kind: defaults, validation, immutability
- `storage`: objects, resourceVersions and watches, in memory and in SQLite
- `auth`, `admission`, `cel`, `extensions` (CRDs): who may do what, and with which content
- `registry`: one write or read, from asked to stored
- `server`: HTTP
- `controllers`, `scheduling`, `nodes`: what moves by itself
- `cluster`: all of it together
"""
