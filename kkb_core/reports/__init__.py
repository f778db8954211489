"""Numbers and words in, bytes out: pictures, sheets, tables. It is given everything and asks nothing."""
