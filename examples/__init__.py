"""What ships beside the package: the demo, and a search in slides of tissue."""
