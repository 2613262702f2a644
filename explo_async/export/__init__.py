"""The export of the list into a file: it can be interrupted at any point, and resumed."""
