"""The ingest room: read, decode, embed, write."""
