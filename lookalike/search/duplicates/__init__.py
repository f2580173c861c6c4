"""Groups of copies over a whole index: found, shown, told apart by people, deleted."""
