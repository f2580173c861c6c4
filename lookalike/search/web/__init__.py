"""The web page: search by picture in a browser, over one index, without changing anything in it."""
