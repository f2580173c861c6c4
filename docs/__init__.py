"""The documentation, which mkdocs.yml makes a site of."""
