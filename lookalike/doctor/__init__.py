"""The doctor room: looks at everything that ingest and search rely on, and says what to do about each."""
