"""The HTTP server: routes from the wire's declarations, files, and the page."""
