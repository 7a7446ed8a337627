"""What the headers of pictures claim, and whether the bytes bear it: read before anything is decoded."""
