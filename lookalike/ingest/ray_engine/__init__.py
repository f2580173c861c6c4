"""The run over a Ray cluster; the one package that imports Ray."""
