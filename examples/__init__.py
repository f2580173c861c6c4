"""What ships beside the package: the demo."""
