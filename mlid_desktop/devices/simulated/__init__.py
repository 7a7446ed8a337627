"""People who do not exist as sources, answering what is asked of them."""
