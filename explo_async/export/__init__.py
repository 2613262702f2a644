"""The list of customers as a file: the formats, and the export that can be interrupted and resumed."""
