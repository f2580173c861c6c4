"""The cluster room: the way to OpenSearch, the local node, and what an index must hold."""
