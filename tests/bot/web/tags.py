"""HTML as a browser would read it: the elements, and the words in them."""

from html.parser import HTMLParser


class Tags(HTMLParser):
    """The elements of a piece of HTML with their attributes, and all its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data

    def named(self, tag):
        """The attributes of every element called *tag*."""
        return [attrs for found, attrs in self.found if found == tag]
