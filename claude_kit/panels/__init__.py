"""What a person touches: a conversation, the costs of a plan, the pages of a PDF, each in a cell of a notebook."""
