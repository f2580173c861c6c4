"""Mixed work on a cluster of which nodes are restarted, beside a shadow copy: `python -m benchmarks.soak`."""
