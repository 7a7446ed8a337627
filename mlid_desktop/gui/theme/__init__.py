"""The theme of the window: colours, sizes and the style sheet made of them."""
