"""Published files -> suites with their corpus: one importer a set, none of which holds data."""
