"""Files -> documents, chunks and vectors. Import its steps by name; `ingest.sync` joins them."""
