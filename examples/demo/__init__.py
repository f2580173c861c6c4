"""The demo: real photographs into a real OpenSearch, and edited copies that find their originals."""
